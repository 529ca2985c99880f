//! Methods that mean a signal to a wrapped program: `--on METHOD=SIGNAL`.

use chaos_kitty_tests::{Host, Job, JobPlan, Nest, Workspace, json, vitals};

use crate::wrapped::host_and;

/// A program that takes USR1, says so, ignores USR2, and ends with its input.
fn reacting(nest: &Nest, plan: JobPlan<'_>) -> (Host, Job) {
    let program = Workspace::built().program("chaos-kitty-test-victim").display().to_string();
    let (host, job) = host_and(nest, plan, &format!("trap '' USR2; exec {program} no-host itself --idle"));
    job.log().wait("that it listens", |line| line["event"] == "started");
    (host, job)
}

/// The program has seen it; two in a row may look like one to it.
fn hit(job: &Job) {
    job.log().wait("the hit", |line| line["signal"] == "USR1");
}

#[test]
fn a_method_means_what_the_program_makes_of_the_signal() {
    let nest = Nest::new();
    let plan = nest.job("job").on("raise_error=SIGUSR1").on("trigger_gc=usr2").on("reload=10");
    let (host, mut job) = reacting(&nest, plan);
    let operator = nest.operator();
    let methods =
        ["delay", "freeze", "allocate_memory", "cpu_spin", "raise_error", "reload", "trigger_gc", "signal"];
    assert_eq!(operator.ask(&["victims"])[0]["methods"], json!(methods));

    let raised = operator.ask(&["call", "job", "raise_error", "message=boo", "times=3"]);
    assert_eq!(raised["observed"], json!({"signal": "USR1", "fate": "caught", "hits": 3}));
    assert_eq!((&raised["verdict"], &raised["result"]["raised"]), (&json!("effective"), &json!(3)));
    hit(&job);

    let collected = operator.run(&["--json", "call", "job", "trigger_gc"]);
    assert_eq!(collected.code, 1, "it was not done: {collected:?}");
    let collected = collected.json();
    assert_eq!(collected["observed"], json!({"signal": "USR2", "fate": "ignored", "hits": 0}));
    assert_eq!(
        (&collected["verdict"], &collected["result"]["gc_triggered"]),
        (&json!("none"), &json!(false))
    );

    assert_eq!(operator.ask(&["call", "job", "reload"])["verdict"], "effective");
    assert_eq!(job.end(), 0);
    host.stop();
}

#[test]
fn a_signal_that_ends_the_program_is_told_by_its_wrapper() {
    let nest = Nest::new();
    let (host, mut job) = host_and(&nest, nest.job("job").on("raise_error=TERM"), "exec sleep 600");
    let raised = nest.operator().ask(&["call", "job", "raise_error", "message=boo"]);
    assert_eq!(raised["observed"], json!({"signal": "TERM", "fate": "exited", "hits": 1}));
    assert_eq!(job.wrapper().exit_code(), 128 + 15);
    host.stop();
}

#[test]
fn a_signal_to_a_program_that_is_held_waits_and_so_does_the_answer() {
    let nest = Nest::new();
    let (host, mut job) = reacting(&nest, nest.job("job").on("raise_error=USR1"));
    let _delay = nest.operator().start(&["call", "job", "delay", "duration=600"]);
    nest.operator().until("it is stopped", || vitals::is_stopped(job.pid()));
    let raised =
        nest.operator().run(&["--json", "call", "job", "raise_error", "message=boo", "--lease", "300ms"]);
    assert_eq!((raised.code, &raised.json()["observed"]["fate"]), (1, &json!("blocked")));
    host.stop();
    hit(&job);
    assert_eq!(job.end(), 0);
}
