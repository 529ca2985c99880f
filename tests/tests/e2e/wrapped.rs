//! Any program as a victim: `chaos-kitty-worker -- PROGRAM`.

use chaos_kitty_tests::{Host, Job, JobPlan, Nest, Signal, json, vitals};
use rustix::process::{Pid, kill_process};

/// A host, and this job registered with it.
pub(crate) fn host_and(nest: &Nest, plan: JobPlan<'_>, script: &str) -> (Host, Job) {
    let host = nest.quiet_host();
    let job = plan.start(script);
    let registered = host.registered("job");
    assert_eq!(registered.pid, job.pid(), "the program is the victim, not its wrapper");
    (host, job)
}

#[test]
fn the_programs_exit_code_is_the_wrappers() {
    let nest = Nest::new();
    let (host, mut job) = host_and(&nest, nest.job("job").label("kind=batch"), "read end; exit 7");
    let victims = nest.operator().ask(&["victims"]);
    assert_eq!((&victims[0]["kind"], &victims[0]["labels"]), (&json!("wrapped"), &json!({"kind": "batch"})));
    job.wrapper().tell("now");
    assert_eq!(job.wrapper().exit_code(), 7);
    host.left(1);
    host.stop();
}

#[test]
fn signals_are_passed_on() {
    let nest = Nest::new();
    let script = "trap 'echo caught; exit 9' TERM; echo ready; while read x; do :; done";
    let (host, mut job) = host_and(&nest, nest.job("job"), script);
    job.says("ready");
    job.wrapper().signal(Signal::TERM);
    job.says("caught");
    assert_eq!(job.wrapper().exit_code(), 9);
    host.stop();
}

#[test]
fn a_signal_strike_ends_the_program_and_not_its_wrapper() {
    let nest = Nest::new();
    let (host, mut job) = host_and(&nest, nest.job("job"), "exec sleep 600");
    let outcome = nest.operator().ask(&["call", "job", "signal", "signal=TERM"]);
    assert_eq!(
        (&outcome["observed"]["fate"], &outcome["victim"]["pid"]),
        (&json!("exited"), &json!(job.pid()))
    );
    assert_eq!(job.wrapper().exit_code(), 128 + 15, "the wrapper tells it as a shell does");
    host.left(1);
    assert!(!vitals::exists(job.pid()));
    host.stop();
}

#[test]
fn memory_and_cpu_are_taken_beside_it_by_a_process_that_goes() {
    let nest = Nest::new();
    let (host, mut job) = host_and(&nest, nest.job("job"), "read end");
    let operator = nest.operator();
    let memory = operator.ask(&["call", "job", "allocate_memory", "size_mb=32", "hold_duration=0"]);
    assert_eq!((&memory["verdict"], &memory["observed"]["resident_mb"]), (&json!("effective"), &json!(32.0)));
    let spin = operator.ask(&["call", "job", "cpu_spin", "duration=200ms", "--lease", "20s"]);
    assert_eq!(spin["verdict"], "effective", "{spin}");
    let wrapper = job.wrapper().pid();
    operator.until("what stood in is reaped", || vitals::children(wrapper) == [job.guard()]);
    assert!(vitals::cpu_seconds_of_children(wrapper) >= 0.15, "it stood in for the program");
    assert!(vitals::cpu_seconds(job.pid()) < 0.15, "and not in it");
    let long = operator.start(&["call", "job", "allocate_memory", "size_mb=64", "hold_duration=600"]);
    operator.until("the memory is there", || {
        vitals::children(wrapper).into_iter().any(|pid| vitals::has_resident(pid, 64.0))
    });
    host.kill();
    operator.until("it is given back", || vitals::children(wrapper) == [job.guard()]);
    drop(long);
    assert_eq!(job.end(), 1, "as `read` says it");
}

#[test]
fn when_memory_runs_out_the_stand_in_goes_and_nobody_else() {
    let nest = Nest::new();
    let (host, mut job) = host_and(&nest, nest.job("job"), "read end; exit 5");
    let operator = nest.operator();
    let call =
        operator.start(&["--json", "call", "job", "allocate_memory", "size_mb=64", "hold_duration=600"]);
    let (wrapper, guard) = (job.wrapper().pid(), job.guard());
    let others = || vitals::children(wrapper).into_iter().filter(|pid| *pid != guard).collect::<Vec<_>>();
    operator.until("the memory is there", || others().iter().any(|pid| vitals::has_resident(*pid, 64.0)));
    // As the kernel would.
    kill_process(Pid::from_raw(others()[0]).unwrap(), Signal::KILL).unwrap();
    call.said().to_its_end();
    assert!(
        call.said().shown().contains("the process beside the program was killed"),
        "{}",
        call.said().shown()
    );
    let again = operator.ask(&["call", "job", "allocate_memory", "size_mb=8", "hold_duration=0"]);
    assert_eq!(again["verdict"], "effective", "{again}");
    assert_eq!(job.end(), 5);
    host.stop();
}

#[test]
fn what_has_no_meaning_for_it_is_refused_by_name() {
    let nest = Nest::new();
    let (host, mut job) = host_and(&nest, nest.job("job"), "read end; exit 0");
    let operator = nest.operator();
    for (method, option) in [("raise_error", "message=boo"), ("trigger_gc", "a=1"), ("stop", "duration=1")] {
        let answer = operator.run(&["call", "job", method, option]);
        assert_eq!(answer.code, 1, "{method}: {answer:?}");
        let advice = format!("--on {method}=SIGUSR1");
        assert!(answer.error.contains(&format!("{method} means nothing to it")), "{method}: {answer:?}");
        assert!(answer.error.contains(&advice) && answer.error.contains("it offers delay"), "{answer:?}");
    }
    assert_eq!(job.end(), 0);
    host.stop();
}

#[test]
fn without_a_host_the_program_runs_all_the_same() {
    let nest = Nest::new();
    let mut job = nest.job("job").start("exit 3");
    assert_eq!(job.wrapper().exit_code(), 3);
}
