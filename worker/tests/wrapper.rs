//! The binary, run as a process around real programs.
#![allow(clippy::unwrap_used, reason = "a test stops where it is surprised")]
#![expect(unsafe_code, reason = "what a child does with signals is set between fork and exec")]

mod pretend_host;
mod running;

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};

use chaos_kitty_bus::{Request, Value};
use pretend_host::{Manner, PretendHost};
use running::{Running, line, output, wrap};
use rustix::fs::{Mode, OFlags};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::OpenptFlags;

#[test]
fn the_programs_end_is_ours() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("data"), "not a program").unwrap();
    let data = folder.path().join("data").display().to_string();
    for (program, code, words) in [
        (&["sh", "-c", "exit 0"][..], 0, ""),
        (&["sh", "-c", "exit 7"], 7, ""),
        (&["sh", "-c", "kill -KILL $$"], 137, ""),
        (&["sh", "-c", "kill -TERM $$"], 143, ""),
        (&["/no/such/program"], 127, "/no/such/program: not found"),
        (&[data.as_str()], 126, "cannot be executed"),
    ] {
        let output = wrap(folder.path(), program).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{program:?}: {said}");
        assert!(said.contains(words), "{program:?}: {said}");
    }
}

#[test]
fn wrong_use_is_told_before_the_program_starts() {
    let folder = tempfile::tempdir().unwrap();
    let long = "a".repeat(129);
    for (wrong, words) in [
        (&[][..], "PROGRAM"),
        (&["--name", "", "--", "touch", "started"], "a name has 1 to 128 bytes"),
        (&["--name=", "--", "touch", "started"], "a name has 1 to 128 bytes"),
        (&["--name", &long, "--", "touch", "started"], "a name has 1 to 128 bytes"),
        (&["--name", "42", "--", "touch", "started"], "taken for an id"),
        (
            &["--", "./42", "started"],
            "./42: a name is more than digits, which would be taken for an id: such as web-42: give it a --name",
        ),
        (&["--label", "tier", "--", "touch", "started"], "key=value"),
        (&["--label", "tier=a\tb", "--", "touch", "started"], "control characters"),
        (&["--on", "x=KILL", "--", "touch", "started"], "no program can react to KILL"),
        (&["--on", "x=SIGSOON", "--", "touch", "started"], "no signal"),
        (&["--on", "x=USR1", "--on", "x=USR2", "--", "touch", "started"], "--on x=… is given twice"),
        (&["--on", "x=USR1", "--on", "x=USR1", "--", "touch", "started"], "--on x=… is given twice"),
        (&["--label", "a=1", "--label", "a=2", "--", "touch", "started"], "--label a=… is given twice"),
        (&["--on", "delay=USR1", "--", "touch", "started"], "a meaning already"),
        (&["--socket", "", "--", "touch", "started"], "--socket"),
    ] {
        let mut worker = Command::new(env!("CARGO_BIN_EXE_chaos-kitty-worker"));
        let output = worker.args(wrong).current_dir(folder.path()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{wrong:?}: {said}");
        assert!(said.contains(words), "{wrong:?}: {said}");
        assert!(!folder.path().join("started").exists(), "{wrong:?}");
    }
}

/// A stderr whose reader has gone.
fn closed() -> std::io::PipeWriter {
    std::io::pipe().unwrap().1
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_nobody_reads_is_no_reason_to_go() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s");
    let mut host = PretendHost::at(&socket, Manner::Ours);
    let mut command = wrap(folder.path(), &["sh", "-c", "read word; exit 7"]);
    let mut child = Running::start(command.stdin(Stdio::piped()).stderr(closed()));
    let victim = host.registered().await;
    host.die(vec![victim]).await; // which the worker wants to say
    let mut host = PretendHost::at(&socket, Manner::Ours);
    host.registered().await;
    drop(child.0.stdin.take());
    assert_eq!(child.0.wait().unwrap().code(), Some(7));

    let status = wrap(folder.path(), &["/no/such/program"]).stderr(closed()).status().unwrap();
    assert_eq!(status.code(), Some(127));
}

#[test]
fn the_program_gets_our_input_our_output_and_its_arguments() {
    let folder = tempfile::tempdir().unwrap();
    let mut command =
        wrap(folder.path(), &["sh", "-c", "read word; echo $word $1; echo oops >&2", "sh", "--name"]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"meow\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "meow --name\n");
    assert!(String::from_utf8_lossy(&output.stderr).contains("oops"));
}

#[test]
fn signals_are_passed_on_and_the_program_decides() {
    let folder = tempfile::tempdir().unwrap();
    for signal in
        [Signal::TERM, Signal::INT, Signal::HUP, Signal::USR1, Signal::USR2, Signal::QUIT, Signal::WINCH]
    {
        let number = signal.as_raw();
        // A shell runs its trap only between commands: the pipe of `read` is what the signal interrupts.
        let script = format!(
            "trap 'echo caught; exit {}' {number}; echo ready; while :; do read nothing; done",
            40 + number
        );
        let mut child = Running::start(wrap(folder.path(), &["sh", "-c", &script]).stdin(Stdio::piped()));
        let input = child.0.stdin.take();
        let mut said = output(&mut child);
        assert_eq!(line(&mut said), "ready");
        child.signal(signal);
        assert_eq!(line(&mut said), "caught", "{signal:?}");
        assert_eq!(child.0.wait().unwrap().code(), Some(40 + number));
        drop(input);
    }
}

#[test]
fn a_signal_that_ends_the_program_ends_the_wrapper_with_its_number() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Running::start(&mut wrap(folder.path(), &["sh", "-c", "echo $$; exec sleep 60"]));
    let mut said = output(&mut child);
    let program: i32 = line(&mut said).parse().unwrap();
    child.signal(Signal::TERM);
    let status = child.0.wait().unwrap();
    assert_eq!((status.code(), status.signal()), (Some(143), None));
    assert!(!Path::new(&format!("/proc/{program}")).exists(), "reaped, no zombie is left");
}

#[test]
fn a_terminal_that_goes_away_ends_a_program_whose_wrapper_leads_the_session() {
    let folder = tempfile::tempdir().unwrap();
    let master = rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    rustix::pty::grantpt(&master).unwrap();
    rustix::pty::unlockpt(&master).unwrap();
    let terminal = rustix::pty::ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let terminal = rustix::fs::open(terminal, flags, Mode::empty()).unwrap();

    let wrapped = wrap(folder.path(), &["sh", "-c", "echo $$; exec sleep 60"]);
    let mut command = Command::new("setsid");
    command.arg("--ctty").arg(wrapped.get_program()).args(wrapped.get_args());
    command.stdin(terminal).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = Running::start(&mut command);
    let program: i32 = line(&mut output(&mut child)).parse().unwrap();
    drop(master);
    assert_eq!(child.0.wait().unwrap().code(), Some(128 + 1));
    assert!(
        !Path::new(&format!("/proc/{program}")).exists(),
        "reaped, which is ours when the guard has gone"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrapped_program_is_a_victim() {
    let folder = tempfile::tempdir().unwrap();
    let mut host = PretendHost::at(&folder.path().join("s"), Manner::Ours);
    let mut child = Running::start(&mut wrap(folder.path(), &["sh", "-c", "echo $$; exec sleep 60"]));
    let program: u32 = line(&mut output(&mut child)).parse().unwrap();
    let victim = host.registered().await;
    assert_eq!(victim.request.get_option("process_id"), Some(&program.into()));
    assert_eq!(victim.request.get_option("name"), Some(&"sh".into()));
    let methods = victim.request.get_option("methods").unwrap().as_array().unwrap();
    let methods: Vec<_> = methods.iter().filter_map(Value::as_str).collect();
    assert_eq!(methods, ["delay", "freeze", "allocate_memory", "cpu_spin"]);

    let request = Request::new("allocate_memory").option("size_mb", 2).option("hold_duration", 0);
    let answer = victim.call(request.option("effect", 1).option("lease", 10)).await.unwrap();
    assert_eq!(
        answer.get("observed").and_then(|figures| figures.get("resident_mb")),
        Some(&Value::Float(2.0))
    );
    for method in ["raise_error", "trigger_gc"] {
        let raised = victim.raised(Request::new(method).option("message", "boo")).await;
        assert_eq!(raised.class, "RuntimeError");
        for advice in
            [&format!("{method} has no meaning"), &format!("--on {method}=SIGUSR1"), "link the library"]
        {
            assert!(raised.message.contains(advice), "{advice}: {raised}");
        }
    }
    let raised = victim.raised(Request::new("stop")).await;
    assert_eq!(raised.class, "NoMethodError");
    let raised = victim.raised(Request::new("delay").option("duration", 1).option("point", "a*")).await;
    assert!(
        raised.message.starts_with("delay: point: from outside a program has no fault points"),
        "{raised}"
    );

    child.signal(Signal::TERM);
    victim.connection.closed().await;
    assert_eq!(child.0.wait().unwrap().code(), Some(143));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_ended_before_it_was_a_victim_is_no_reason_to_advise_anybody() {
    let folder = tempfile::tempdir().unwrap();
    let mut host = PretendHost::at(&folder.path().join("s"), Manner::TooLate);
    let mut command = wrap(folder.path(), &["sh", "-c", "read end; exit 7"]);
    let mut child = Running::start(command.stdin(Stdio::piped()));
    let victim = host.registered().await;
    let program = victim.request.get_option("process_id").and_then(Value::as_u64).unwrap();
    let status = std::fs::read_to_string(format!("/proc/{program}/status")).unwrap();
    let guard = status.lines().find_map(|line| line.strip_prefix("PPid:")).unwrap().trim().parse().unwrap();
    let guard = Pid::from_raw(guard).unwrap();
    // The wrapper does not hear of the end before it hears that it is not accepted.
    kill_process(guard, Signal::STOP).unwrap();
    drop(child.0.stdin.take());
    victim.connection.closed().await;
    kill_process(guard, Signal::CONT).unwrap();
    assert_eq!(child.0.wait().unwrap().code(), Some(7));
    let mut said = String::new();
    std::io::Read::read_to_string(&mut child.0.stderr.take().unwrap(), &mut said).unwrap();
    assert_eq!(said, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delay_is_ended_and_answered_as_a_linked_ones() {
    let folder = tempfile::tempdir().unwrap();
    let mut host = PretendHost::at(&folder.path().join("s"), Manner::Ours);
    let mut child = Running::start(&mut wrap(folder.path(), &["sh", "-c", "echo $$; exec sleep 60"]));
    line(&mut output(&mut child));
    let victim = host.registered().await;
    let plain = victim.call(Request::new("delay").option("duration", 0.05)).await.unwrap();
    assert_eq!(plain, Value::map([("delayed", 0.05)]), "a Ruby host is told nothing more");

    let delay = Request::new("delay").option("duration", 600).option("block", true);
    let delay = victim.call(delay.option("effect", 7).option("lease", 600.0));
    // Calls are begun in the order in which they come: the delay has begun, and keeps this answer until it is over.
    let end = victim.call(Request::new("end").option("effect", 7));
    let (delayed, ended) = tokio::join!(delay, end);
    let delayed = delayed.unwrap();
    assert_eq!(ended.unwrap(), true.into());
    assert_eq!(delayed.get("delayed"), Some(&600.into()));
    let observed = delayed.get("observed").unwrap();
    assert_eq!(observed.get("blocked"), Some(&true.into()));
    assert!(observed.get("seconds_held").and_then(Value::as_f64).is_some(), "{observed:?}");
    child.signal(Signal::TERM);
    child.0.wait().unwrap();
}

#[test]
fn who_starts_it_may_ignore_the_end_of_children() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = wrap(folder.path(), &["grep", "SigIgn", "/proc/self/status"]);
    let ignores = || {
        // SAFETY: signal(2) is async-signal-safe, and to ignore needs no handler of ours.
        unsafe { libc::signal(libc::SIGCHLD, libc::SIG_IGN) };
        Ok(())
    };
    // SAFETY: between fork and exec the closure calls nothing but signal(2).
    unsafe { std::os::unix::process::CommandExt::pre_exec(&mut command, ignores) };
    let mut child = Running::start(&mut command);
    let said = line(&mut output(&mut child));
    assert_eq!(child.0.wait().unwrap().code(), Some(0), "it is told all the same");
    let mask = u64::from_str_radix(said.split_whitespace().last().unwrap(), 16).unwrap();
    assert_ne!(mask & (1 << (libc::SIGCHLD - 1)), 0, "the program finds it as it was: {said}");
}

/// How often the thread that talks to the host has gone to sleep.
fn sleeps(process: u32) -> u64 {
    for task in std::fs::read_dir(format!("/proc/{process}/task")).unwrap() {
        let folder = task.unwrap().path();
        if std::fs::read_to_string(folder.join("comm")).unwrap().trim_end() == "chaos-kitty" {
            let status = std::fs::read_to_string(folder.join("status")).unwrap();
            let line = status.lines().find(|line| line.starts_with("voluntary_ctxt_switches")).unwrap();
            return line.split_whitespace().nth(1).unwrap().parse().unwrap();
        }
    }
    panic!("no such thread");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_worker_is_never_woken() {
    let folder = tempfile::tempdir().unwrap();
    let mut host = PretendHost::at(&folder.path().join("s"), Manner::Ours);
    let mut child = Running::start(&mut wrap(folder.path(), &["sleep", "60"]));
    let victim = host.registered().await;
    victim.call(Request::new("effects")).await.unwrap();
    let pause = std::time::Duration::from_millis(300);
    // The answer may be on its way out still; from then on nothing is left to do.
    tokio::time::sleep(pause).await;
    let before = sleeps(child.0.id());
    tokio::time::sleep(pause).await;
    assert_eq!(sleeps(child.0.id()), before);
    child.signal(Signal::TERM);
    child.0.wait().unwrap();
}
