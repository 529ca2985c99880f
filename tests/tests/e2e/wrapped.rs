//! Any program as a victim: `chaos-kitty-worker -- PROGRAM`.

use chaos_kitty_tests::{Host, Json, Nest, Process, Signal, Workspace, json, vitals};

/// A wrapped shell script that says its pid first.
fn wrapped(nest: &Nest, script: &str) -> Process {
    let mut command = nest.command(Workspace::built().worker());
    command.arg("--socket").arg(nest.socket()).args(["--name", "job", "--label", "kind=batch", "--"]);
    Process::start("the wrapper", command.args(["sh", "-c", &format!("echo $$; {script}")]))
}

fn program(wrapper: &Process) -> i32 {
    let pid = wrapper.said().wait("the program's pid", Json::is_number);
    i32::try_from(pid.as_i64().unwrap()).unwrap()
}

/// A host with a wrapped program, and its pid.
fn host_and_job(nest: &Nest, script: &str) -> (Host, Process, i32) {
    let host = nest.quiet_host();
    let wrapper = wrapped(nest, script);
    let pid = program(&wrapper);
    let registered = host.registered("job");
    assert_eq!(registered.pid, pid, "the program is the victim, not its wrapper");
    (host, wrapper, pid)
}

#[test]
fn the_programs_exit_code_is_the_wrappers() {
    let nest = Nest::new();
    let (host, mut wrapper, _) = host_and_job(&nest, "read end; exit 7");
    let victims = nest.operator().ask(&["victims"]);
    assert_eq!((&victims[0]["kind"], &victims[0]["labels"]), (&json!("wrapped"), &json!({"kind": "batch"})));
    wrapper.tell("now");
    assert_eq!(wrapper.exit_code(), 7);
    host.left(1);
    host.stop();
}

#[test]
fn signals_are_passed_on() {
    let nest = Nest::new();
    let (host, mut wrapper, _) =
        host_and_job(&nest, "trap 'echo caught; exit 9' TERM; echo ready; while :; do read x; done");
    wrapper.said().wait("that it listens", |line| line == "ready");
    wrapper.signal(Signal::TERM);
    wrapper.said().wait("that it got the signal", |line| line == "caught");
    assert_eq!(wrapper.exit_code(), 9);
    host.stop();
}

#[test]
fn a_signal_strike_ends_the_program_and_not_its_wrapper() {
    let nest = Nest::new();
    let (host, mut wrapper, pid) = host_and_job(&nest, "exec sleep 600");
    let outcome = nest.operator().ask(&["call", "job", "signal", "signal=TERM"]);
    assert_eq!((&outcome["observed"]["fate"], &outcome["victim"]["pid"]), (&json!("exited"), &json!(pid)));
    assert_eq!(wrapper.exit_code(), 128 + 15, "the wrapper tells it as a shell does");
    host.left(1);
    assert!(!vitals::exists(pid));
    host.stop();
}

#[test]
fn memory_and_cpu_are_taken_beside_it_and_what_needs_the_guard_is_refused_by_name() {
    let nest = Nest::new();
    let (host, mut wrapper, pid) = host_and_job(&nest, "read end");
    let operator = nest.operator();
    let memory = operator.ask(&["call", "job", "allocate_memory", "size_mb=32", "hold_duration=0"]);
    assert_eq!((&memory["verdict"], &memory["observed"]["resident_mb"]), (&json!("effective"), &json!(32.0)));
    let before = vitals::cpu_seconds(wrapper.pid());
    let spin = operator.ask(&["call", "job", "cpu_spin", "duration=200ms", "--lease", "20s"]);
    assert_eq!(spin["verdict"], "effective", "{spin}");
    assert!(vitals::cpu_seconds(wrapper.pid()) - before >= 0.15, "beside it: in the wrapper");
    assert!(vitals::cpu_seconds(pid) < 0.15, "and not in the program");
    for (method, option) in [
        ("delay", "duration=1"),
        ("raise_error", "message=boo"),
        ("trigger_gc", "a=1"),
        ("stop", "duration=1"),
    ] {
        let answer = operator.run(&["call", "job", method, option]);
        assert_eq!(answer.code, 1, "{method}: {answer:?}");
        assert!(answer.error.contains(&format!("does not allow {method}")), "{method}: {answer:?}");
    }
    wrapper.tell("now");
    assert_eq!(wrapper.exit_code(), 0);
    host.stop();
}

#[test]
fn without_a_host_the_program_runs_all_the_same() {
    let nest = Nest::new();
    let mut wrapper = wrapped(&nest, "exit 3");
    assert_eq!(wrapper.exit_code(), 3);
}
