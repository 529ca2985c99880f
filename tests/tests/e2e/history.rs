//! `history`: what strikes came to, filtered and summed up.

use chaos_kitty_tests::{Json, Nest, json};

/// What a table shows of rows, as texts.
fn victims(rows: &Json) -> Vec<&str> {
    rows.as_array().unwrap().iter().map(|row| row["victim"].as_str().unwrap()).collect()
}

#[test]
fn strikes_are_shown_filtered_and_summed_up_without_a_host() {
    let nest = Nest::new();
    let yowl = "version = 1\n[[instance]]\noperation = \"yowl\"\nname = \"meow\"\nvictims = { names = [\"cat\"] }\n\
                parameters = { interval = \"50ms\", probability = 1 }\n";
    let operator = nest.operator();
    let host = nest.host().configuration(yowl).start();
    let cat = nest.victim("cat").start();
    host.record("meow's strike's outcome", |record| {
        record["record"] == "outcome" && record["method"] == "raise_error"
    });
    operator.ask(&["operations", "unload", "meow"]);
    drop(cat);
    let _web = nest.victim("web").start();
    host.registered("web");
    let _calm = nest.victim("calm").idle().start();
    host.registered("calm");
    assert_eq!(operator.run(&["call", "web", "cpu_spin", "duration=50ms"]).code, 0);
    assert_eq!(operator.run(&["call", "web", "allocate_memory", "size_mb=8", "hold_duration=50ms"]).code, 0);
    assert_eq!(operator.run(&["call", "web", "delay", "duration=50ms"]).code, 0);
    operator.ask(&["pause"]);
    assert_eq!(operator.run(&["call", "web", "delay", "duration=50ms"]).code, 1);
    host.stop();
    let dry = nest.host().configuration("version = 1\ninstance = []\n").arguments(["--dry-run"]).start();
    dry.registered("web");
    assert_eq!(operator.run(&["call", "web", "delay", "duration=50ms"]).code, 0);
    dry.stop();

    let runs = operator.ask(&["journal", "verify"])["runs"].clone();
    let (first, second) = (runs[0]["run"].as_str().unwrap(), runs[1]["run"].as_str().unwrap());
    let history = |arguments: &[&str]| operator.ask(&[&["history"], arguments].concat());

    let operators = history(&["--operation", "operator"]);
    let methods: Vec<_> =
        operators.as_array().unwrap().iter().map(|row| row["method"].as_str().unwrap()).collect();
    assert_eq!(methods, ["cpu_spin", "allocate_memory", "delay", "delay"], "the newest last");
    let spin = &operators[0];
    assert_eq!(
        (&spin["run"], &spin["victim"], &spin["asked"]["duration"]),
        (&json!(first), &json!("web"), &json!(0.05))
    );
    assert_eq!(spin["end"]["verdict"], "effective", "{spin}");
    assert!(
        spin["observed"]["cpu_seconds"].as_f64() > Some(0.0) && spin["took"].as_f64() >= Some(0.05),
        "{spin}"
    );
    assert_eq!(operators[3]["end"], "dry_run");

    assert_eq!(history(&["--victim", "calm"]), json!([]), "it was there, and nobody has struck it");

    // By each filter.
    assert!(victims(&history(&["--victim", "c*"])).iter().all(|victim| *victim == "cat"));
    assert_eq!(history(&["--operation", "yowl"]), history(&["--operation", "meow"]));
    assert_eq!(history(&["--run", "last"]), history(&["--run", second]));
    assert_eq!(history(&["--run", &second[..8]]).as_array().unwrap().len(), 1);
    assert_eq!(
        history(&["--run", first, "--operation", "operator", "--refused"]).as_array().unwrap().len(),
        4
    );
    assert_eq!(history(&["--verdict", "refused"])[0]["end"]["refused"]["rule"], "paused");
    assert_eq!(history(&["--verdict", "dry-run"]).as_array().unwrap().len(), 1);
    let offset = spin["offset"].to_string();
    let since = history(&["--since", &format!("+{offset}"), "--run", first]);
    assert_eq!(victims(&since), ["web", "web", "web"]);
    assert_eq!(victims(&history(&["--until", &format!("+{offset}"), "--run", first])).last(), Some(&"cat"));
    assert_eq!(history(&["--since", "1h"]), history(&[]));
    assert_eq!(history(&["--since", "2100-01-01"]), json!([]));
    assert_eq!(history(&["--until", "2026-01-01T00:00:00Z"]), json!([]));

    // Sums.
    let by = |by: &str, more: &[&str]| history(&[&["--by", by], more].concat())["sums"].clone();
    let mine = by("operation", &[])["operator"].clone();
    assert_eq!((&mine["strikes"], &mine["refused"], &mine["dry_run"]), (&json!(4), &json!(1), &json!(1)));
    assert!(
        mine["cpu_seconds"].as_f64() >= Some(0.045) && mine["resident_mb"].as_f64() >= Some(7.0),
        "{mine}"
    );
    let held: f64 =
        operators.as_array().unwrap().iter().filter_map(|row| row["observed"]["seconds_held"].as_f64()).sum();
    assert!((mine["seconds_held"].as_f64().unwrap() - held).abs() < 1e-9, "{mine}");
    assert_eq!(by("rule", &["--operation", "operator"]), json!({ "paused": by("verdict", &[])["refused"] }));
    assert_eq!(by("victim", &["--run", "last"])["web"]["dry_run"], 1);
    let total = history(&["--by", "hour"]);
    let hours: u64 =
        total["sums"].as_object().unwrap().values().map(|sum| sum["strikes"].as_u64().unwrap()).sum();
    assert_eq!(total["total"]["strikes"], hours);

    // And for people.
    let shown = operator.run(&["history", "--run", first, "--victim", "web", "--refused"]).text;
    assert!(
        shown.contains("operator") && shown.contains("cpu_seconds") && shown.contains("refused: paused"),
        "{shown}"
    );
    let shown = operator.run(&["history", "--by", "operation"]).text;
    let begins = |word: &str| shown.lines().any(|line| line.trim_start().starts_with(word));
    assert!(begins("yowl") && begins("all"), "{shown}");
}

#[test]
fn what_is_under_way_is_told_from_what_never_came_to_an_outcome() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let _web = nest.victim("web").restless().start();
    host.registered("web");
    let operator = nest.operator();
    let _call = operator.start(&["call", "web", "delay", "duration=30"]);
    host.strikes("web", "delay");
    assert_eq!(operator.ask(&["history"])[0]["end"], "under_way");
    host.kill();
    assert_eq!(operator.ask(&["history"])[0]["end"], "under_way", "nobody knows yet that its host is gone");
    nest.quiet_host().stop();
    assert_eq!(operator.ask(&["history"])[0]["end"], "untold");
    assert_eq!(operator.ask(&["history", "--by", "operation"])["total"]["unknown"], 1);
}

#[test]
fn a_filter_that_cannot_be_meant_says_what_could() {
    let nest = Nest::new();
    let operator = nest.operator();
    let missing = operator.run(&["history"]);
    assert!(missing.code == 2 && missing.error.contains("there is no journal"), "{missing:?}");
    let host = nest.quiet_host();
    let _web = nest.victim("checkout").idle().start();
    host.registered("checkout");
    assert_eq!(operator.run(&["call", "checkout", "cpu_spin", "duration=1ms"]).code, 0);
    host.stop();
    for (arguments, says) in [
        (&["--victim", "chekout"][..], "did you mean `checkout`"),
        (&["--operation", "opreator"], "did you mean `operator`"),
        (&["--verdict", "efective"], "effective"),
        (&["--by", "victims"], "victim"),
        (&["--run", "feed"], "the journal has no run `feed`"),
        (&["--since", "yesterday"], "--since takes a time, not `yesterday`"),
    ] {
        let answer = operator.run(&[&["history"], arguments].concat());
        assert!(answer.code == 2 && answer.error.contains(says), "{arguments:?}: {answer:?}");
    }
    assert_eq!(operator.run(&["history", "--victim", "x*"]).text.trim(), "no strikes");
    assert_eq!(operator.run(&["history", "--by", "rule"]).text.trim(), "no refusals");
}
