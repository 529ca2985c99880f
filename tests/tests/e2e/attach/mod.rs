//! A process that runs already, attached as a victim.

mod contained;
mod detached;
mod frozen;
mod named;
mod pressed;
mod refused;
mod stopped;
mod units;

use chaos_kitty_tests::{Host, Json, Nest, Process, Target, vitals};

/// A script that says what it reads, and ends with its input.
const ECHOES: &str = "while read -r line; do echo $line; done; exit 5";

/// A host, and this script, which it has attached as `target`.
fn host_and(nest: &Nest, script: &str) -> (Host, Target) {
    let host = nest.quiet_host();
    let target = nest.target(script);
    attach(nest, &target);
    (host, target)
}

fn attach(nest: &Nest, target: &Target) -> Json {
    let pid = target.pid().to_string();
    nest.operator().ask(&["attach", &pid, "--name", "target"])
}

/// What stands beside a process: its attendant, and the guard of that.
fn attendant(host: &Host, pid: i32) -> (i32, i32) {
    let attends = |child: &i32| {
        let command = std::fs::read(format!("/proc/{child}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&command).contains(&format!("attendant\0{pid}\0"))
    };
    let attendant = vitals::children(host.pid()).into_iter().find(attends).expect("an attendant");
    let is_guard = |child: &i32| vitals::name(*child).as_deref() == Some("chaos-kitty-gua");
    let guard = vitals::children(attendant).into_iter().find(is_guard).expect("its guard");
    (attendant, guard)
}

/// A call that nobody waits out; the operator's command tells what became of it.
fn call(nest: &Nest, method: &str, options: &[&str]) -> Process {
    nest.operator().start(&[&["--json", "call", "target", method], options].concat())
}

fn outcome(call: &Process) -> Json {
    call.said().to_its_end();
    serde_json::from_str(&call.said().shown()).unwrap()
}

/// The last change of what runs that was written down, of this kind.
fn steered(nest: &Nest, what: &str) -> Json {
    let records = nest.journal().records();
    let record = records.into_iter().rfind(|record| record["record"] == "steering" && record["what"] == what);
    record.unwrap_or_else(|| panic!("no {what} in the journal"))
}
