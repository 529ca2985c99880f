//! Pause, resume and dry-run: one gate, for everyone.

use chaos_kitty_tests::{Json, Nest, PATIENCE, comes_true, json};

const YOWL: &str = "version = 1\n[[instance]]\noperation = \"yowl\"\n\
                    parameters = { interval = \"50ms\", probability = 1, messages = [\"meow\"] }\n";

fn refused_as_paused(record: &Json) -> bool {
    record["ruling"]["refused"]["rule"] == "paused"
}

#[test]
fn a_pause_refuses_everyone_lets_leases_run_on_and_ends_with_resume() {
    let nest = Nest::new();
    let host = nest.host().configuration(YOWL).start();
    let mut web = nest.victim("web").start();
    host.registered("web");
    host.strikes("web", "raise_error");
    let operator = nest.operator();
    let mut under_way = operator.start(&["--json", "call", "web", "delay", "duration=2"]);
    web.event("held", |_| true);
    assert_eq!(operator.ask(&["pause"])["paused"], true);
    let mark = host.log().mark();

    host.record_after(mark, "an instance to be refused", |record| {
        refused_as_paused(record) && record["origin"]["instance"]["name"] == "yowl"
    });
    let call = operator.run(&["call", "web", "cpu_spin", "duration=10ms"]);
    assert_eq!(call.code, 1, "{call:?}");
    assert!(call.error.contains("chaos is paused: `chaos-kitty resume` lets it go on"), "{call:?}");
    let in_json = operator.run(&["--json", "call", "web", "cpu_spin", "duration=10ms"]);
    assert_eq!((in_json.code, &in_json.json()["refused"]["rule"]), (1, &json!("paused")));
    host.record_after(mark, "the operator to be refused", |record| {
        refused_as_paused(record) && record["origin"]["operator"]["uid"].is_number()
    });

    // What was under way ends on its lease, and not before.
    assert_eq!(under_way.exit_code(), 0, "{}", under_way.complained().shown());
    let outcome = host
        .record("the delay's outcome", |record| record["record"] == "outcome" && record["method"] == "delay");
    assert!(outcome["took"].as_f64() >= Some(2.0), "{outcome}");
    web.event("released", |_| true);
    let struck = |records: Vec<Json>| records.iter().filter(|record| record["ruling"] == "strike").count();
    let before = struck(host.records());
    let errors = web.report()["errors"].clone();
    let mark = host.log().mark();
    host.record_after(mark, "another refusal", refused_as_paused);
    assert_eq!(
        (struck(host.records()), &web.report()["errors"]),
        (before, &errors),
        "nothing was done meanwhile"
    );

    let mark = host.log().mark();
    assert_eq!(operator.ask(&["resume"])["paused"], false);
    host.record_after(mark, "a strike again", |record| record["ruling"] == "strike");
    assert_eq!(operator.run(&["call", "web", "cpu_spin", "duration=10ms"]).code, 0);
    host.stop();
}

#[test]
fn a_host_may_start_paused() {
    let nest = Nest::new();
    let host = nest.host().configuration(YOWL).arguments(["--paused"]).start();
    let mut web = nest.victim("web").start();
    host.registered("web");
    host.record("a refusal", refused_as_paused);
    assert_eq!(web.report()["errors"], 0);
    let status = nest.operator().run(&["status"]);
    assert!(status.text.contains("paused"), "{status:?}");
    nest.operator().ask(&["resume"]);
    web.event("error", |error| error["message"] == "meow");
    host.stop();
}

#[test]
fn a_dry_run_decides_as_always_and_the_victim_feels_nothing() {
    let nest = Nest::new();
    let configuration = format!(
        "{YOWL}[[instance]]\noperation = \"scratch\"\nparameters = {{ interval = \"50ms\", probability = 1, signal = \"KILL\" }}\n"
    );
    let host = nest.host().configuration(configuration).arguments(["--dry-run"]).start();
    let mut web = nest.victim("web").start();
    host.registered("web");
    for (instance, method) in [("yowl", "raise_error"), ("scratch", "signal")] {
        let decision = host.record("a decision", |record| record["origin"]["instance"]["name"] == instance);
        assert_eq!((&decision["ruling"], &decision["effect"]["method"]), (&json!("dry_run"), &json!(method)));
        assert_eq!(decision["victim"]["name"], "web");
    }
    let call = nest.operator().run(&["call", "web", "signal", "signal=KILL"]);
    assert_eq!(call.code, 0, "{call:?}");
    assert!(call.text.contains("dry run"), "{call:?}");
    let answer = nest.operator().ask(&["call", "web", "delay", "duration=60"]);
    assert_eq!((&answer["dry_run"], &answer["observed"]), (&json!(true), &Json::Null));
    // Wrong is wrong in a dry run too.
    assert_eq!(nest.operator().run(&["call", "web", "purr"]).code, 1);
    let report = web.report();
    assert_eq!(report["errors"], 0, "{report}");
    assert!(!host.records().iter().any(|record| record["ruling"] == "strike"));
    host.stop();
    let works = || web.report()["hits"].as_u64() > report["hits"].as_u64();
    assert!(comes_true(PATIENCE, works), "it is alive and works");
}
