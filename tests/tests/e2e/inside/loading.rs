//! A program that is with its loader, and one that has another executed in its place without the library.

use std::process::Command;

use chaos_kitty_tests::{Json, Nest, Process, Workspace};

use super::native::compiled;
use super::{Inside, NAME, outcome};

/// It comes before ours, and is not ready before the other end of a pipe is there.
const SLOW: &str = r#"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

__attribute__((constructor)) static void wait(int count, char **words) {
    if (count && strstr(words[0], "reader")) close(open(getenv("SLOW"), O_RDONLY));
}
"#;

/// A program that does nothing but read.
const READER: &str = "#include <unistd.h>
int main(void) {
    char one;
    while (read(0, &one, 1) > 0) {}
    return 0;
}
";

#[test]
fn who_is_struck_while_the_loader_is_at_work_is_struck_when_it_is_done() {
    let nest = Nest::new();
    let Some(slow) = compiled(&nest, "slow.so", SLOW, &["-shared", "-fPIC"]) else { return };
    let pipe = nest.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let Some(program) = compiled(&nest, "reader", READER, &[]) else { return };
    let host = nest.quiet_host();
    let mut command = nest.command(Workspace::built().worker());
    command.arg("--socket").arg(nest.socket()).args(["--name", NAME, "--inside", "--"]);
    command.arg(program).env("LD_PRELOAD", slow).env("SLOW", &pipe);
    let mut wrapper = Process::start("the wrapper", &mut command);
    host.registered(NAME);
    let call = ["--json", "call", NAME, "cpu_spin", "duration=50ms", "--lease", "20s"];
    let mut strike = nest.operator().start(&call);
    host.strikes(NAME, "cpu_spin");
    // It waits for us here, or we for it.
    drop(std::fs::OpenOptions::new().write(true).open(&pipe).unwrap());
    let spun = outcome(&mut strike);
    assert_eq!(spun["verdict"], "effective", "{spun}");
    wrapper.close_input();
    assert_eq!(wrapper.exit_code(), 0);
    host.stop();
}

/// Says each signal that it gets, all of which it waits for, until its input ends.
const WAITER: &str = "import json, select, signal
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
print(json.dumps({'executed': True}), flush=True)
while not select.select([0], [], [], 0)[0]:
    got = signal.sigtimedwait(signal.valid_signals(), 0.05)
    if got: print(json.dumps({'signal': got.si_signo}), flush=True)
";

#[test]
fn what_is_executed_without_the_library_gets_no_signal_of_ours_and_that_is_told_soon() {
    let nest = Nest::new();
    let mut inside = Inside::start(&nest);
    let waiter = nest.file("waiter.py", WAITER);
    inside
        .job
        .wrapper()
        .tell(&format!("os.execve(sys.executable, ['python3', {:?}], {{}})", waiter.display().to_string()));
    inside.job.log().wait("that it has", |line| line["executed"] == true);
    // Not at the end of its lease.
    let spun = outcome(&mut inside.begin(&["cpu_spin", "duration=50ms", "--lease", "600s"]));
    let told = spun.to_string();
    assert!(told.contains("has executed in its place"), "{told}");
    assert_eq!(inside.job.end(), 0);
    inside.job.log().to_its_end();
    let signals = inside.job.log().lines().into_iter().filter(|line| line.get("signal").is_some());
    assert_eq!(signals.collect::<Vec<_>>(), Vec::<Json>::new());
    inside.host.take().unwrap().stop();
}
