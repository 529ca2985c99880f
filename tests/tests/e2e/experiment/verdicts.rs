//! What an experiment comes to.

use std::time::Duration;

use super::stage::Stage;
use super::{ENDLESS, SHORT};
use chaos_kitty_tests::{Journal, Json, json, let_pass};

/// Bears everything while there is chaos: what is seen of it then decides nothing. It holds after a second of successes, in
/// which the site can be made to fail.
const BEARS_ALL: &str = "tolerance = { share = 1 }\nsteady = 20";

#[test]
fn all_four_kinds_of_probes_hold_under_chaos_that_has_an_effect() {
    let stage = Stage::new();
    let probes = format!(
        "[[probe]]\nname = \"port\"\ntcp = \"{}\"\ninterval = \"100ms\"\n\
         [[probe]]\nname = \"program\"\ncommand = [\"test\", \"-f\", \"site.toml\"]\ninterval = \"100ms\"\ntimeout = \"10s\"\n\
         [[probe]]\nname = \"own\"\nvictim = \"web\"\nmethod = \"greet\"\narguments = {{ whom = \"you\" }}\n\
         equals = {{ said = \"hello, you\" }}\ninterval = \"100ms\"\ntimeout = \"10s\"\n{SHORT}",
        stage.site.address()
    );
    let file = stage.file("duration = \"1500ms\"", "contains = \"ready\"", &probes);
    let mut web = stage.nest.victim("web").start();
    let done = stage.run(&file, &["--journal", "kept.journal"]);
    done.came_to("held");
    assert_eq!(done.phases(), ["gathering", "before", "during", "after"]);
    for probe in done.report["probes"].as_array().unwrap() {
        for phase in ["before", "during", "after"] {
            let seen = &probe["phases"][phase];
            assert!(seen["asked"].as_u64() > Some(0) && seen["failed"] == 0, "{phase}: {probe}");
        }
        assert!(probe["recovered_after"].as_f64().is_some(), "{probe}");
    }
    web.event("greeted", |event| event["whom"] == "you");
    let strikes = done.strikes();
    let is_delay = |strike: &Json| strike["victim"] == "web" && strike["method"] == "delay";
    assert!(!strikes.is_empty() && strikes.iter().all(is_delay), "{strikes:?}");
    assert_eq!(done.report["operations"]["hairball"]["strikes"], strikes.len());
    // What the method probe asked is written down, and is no strike.
    let operator = stage.nest.operator();
    let history =
        |arguments: &[&str]| operator.run(&[&["history", "--journal", "kept.journal"], arguments].concat());
    let sums = history(&["--json", "--by", "operation"]).json()["sums"].clone();
    assert_eq!(sums["hairball"]["strikes"], strikes.len());
    assert_eq!(sums.as_object().unwrap().len(), 1, "{sums}");
    web.goes_on();
}

#[test]
fn a_probe_that_may_mean_several_victims_asks_none_and_nobody_is_struck() {
    let stage = Stage::new();
    let probe = format!(
        "[victims]\nleast = 2\n[[probe]]\nname = \"own\"\nvictim = \"twin\"\nmethod = \"greet\"\n\
         arguments = {{ whom = \"you\" }}\ninterval = \"100ms\"\ntimeout = \"10s\"\n{SHORT}"
    );
    let file = stage.file("duration = \"10m\"", "", &probe);
    let twins = [(); 2].map(|()| stage.nest.victim("twin").start());
    let done = stage.run(&file, &["--journal", "kept.journal"]);
    let why = done.came_to("unsteady");
    for words in [
        "own: 2 victims call themselves `twin`, and none of them was touched",
        "start each under a name of its own (`--name`)",
        "twin (id 1, pid ",
        "twin#2 (id 2, pid ",
    ] {
        assert!(why.contains(words), "no `{words}`: {why}");
    }
    assert!(done.strikes().is_empty());
    let records = Journal::at(stage.nest.path().join("kept.journal")).records();
    let asked =
        records.iter().filter(|it| it["record"] == "decision" && it["origin"]["probe"]["name"] == "own");
    let rulings: Vec<&Json> = asked.map(|it| &it["ruling"]).collect();
    let is_refused = |ruling: &&Json| ruling["refused"]["rule"] == "several_victims";
    assert!(!rulings.is_empty() && rulings.iter().all(is_refused), "{rulings:?}");
    for mut twin in twins {
        twin.goes_on();
    }
}

#[test]
fn a_probe_that_fails_ends_chaos_at_once_and_everything_is_put_back() {
    let stage = Stage::new();
    let file = stage.file("duration = \"10m\"\nrecovery = \"20s\"", "", ENDLESS);
    let mut web = stage.nest.victim("web").start();
    let running = stage.begin(&file, &[]);
    running.enters("during");
    web.event("held", |_| true);
    stage.site.answers(503);
    // Its lease would hold it for ten minutes.
    web.event("released", |_| true);
    running.enters("after");
    stage.site.answers(200);
    let done = running.done();
    let why = done.came_to("refuted");
    assert!(why.starts_with("site: it answered 503, and 200 to 399 is expected"), "{why}");
    let strike = &done.strikes()[0];
    assert_eq!(strike["verdict"], "partial", "{strike}");
    assert!(done.report["probes"][0]["phases"]["during"]["failing"].is_string());
    assert!(done.report["probes"][0]["recovered_after"].as_f64().is_some());
    assert_eq!(done.report["unquiet"], false);
    web.goes_on();
}

#[test]
fn a_page_that_hangs_has_failed_when_its_time_is_over() {
    let stage = Stage::new();
    let file = stage.file("duration = \"10m\"\nrecovery = 0", "timeout = \"200ms\"", SHORT);
    let _web = stage.nest.victim("web").start();
    let running = stage.begin(&file, &[]);
    running.enters("during");
    stage.site.answers(0);
    let done = running.done();
    let why = done.came_to("refuted");
    assert!(
        why.starts_with("site: no answer within 0.2 s") && why.contains("did not hold again within 0 s"),
        "{why}"
    );
}

#[test]
fn what_does_not_hold_again_in_time_has_not_recovered() {
    let stage = Stage::new();
    let file = stage.file("duration = \"1500ms\"\nrecovery = \"400ms\"", BEARS_ALL, SHORT);
    let _web = stage.nest.victim("web").start();
    let running = stage.begin(&file, &[]);
    running.enters("during");
    stage.site.answers(500);
    let done = running.done();
    let why = done.came_to("not_recovered");
    assert_eq!(why, "site did not hold again within 0.4 s");
    assert_eq!(done.report["probes"][0]["recovered_after"], json!(null));
}

#[test]
fn the_time_to_recover_counts_from_the_end_of_chaos() {
    let stage = Stage::new();
    let file = stage.file("duration = \"1500ms\"\nrecovery = \"25s\"", BEARS_ALL, SHORT);
    let _web = stage.nest.victim("web").start();
    let running = stage.begin(&file, &[]);
    running.enters("during");
    stage.site.answers(500);
    running.enters("after");
    let sick = Duration::from_millis(700);
    let_pass(sick);
    stage.site.answers(200);
    let done = running.done();
    done.came_to("held");
    let probe = &done.report["probes"][0];
    let after = probe["recovered_after"].as_f64().unwrap();
    assert!(after >= sick.as_secs_f64(), "{after} s");
    // It is the answer to a question: the first of those in a row that succeeded.
    let end = done.report["phases"][3]["from"].as_f64().unwrap();
    let last = probe["sightings"].as_array().unwrap().iter().rev();
    let row: Vec<_> = last.take_while(|sighting| sighting["failure"].is_null()).collect();
    let first = row.last().unwrap();
    let answered = first["at"].as_f64().unwrap() + first["latency"].as_f64().unwrap() - end;
    assert!(row.len() >= 20 && (answered - after).abs() < 1e-6, "{after} s, and {first}");
}

#[test]
fn what_is_not_steady_before_is_never_struck() {
    let stage = Stage::new();
    stage.site.answers(503);
    let file = stage.file("duration = \"10m\"", "", SHORT);
    let mut web = stage.nest.victim("web").start();
    let done = stage.run(&file, &[]);
    let why = done.came_to("unsteady");
    assert!(why.contains("it answered 503"), "{why}");
    assert_eq!((done.phases(), done.strikes().len()), (vec!["gathering", "before"], 0));
    assert_eq!(web.report()["errors"], 0);
}

#[test]
fn whoever_is_missing_is_named() {
    let stage = Stage::new();
    let victims = "[victims]\nleast = 2\nnames = [\"web\", \"data*\"]\nwithin = \"2s\"";
    let file = stage.file("duration = \"10m\"", "", &format!("{victims}\n{SHORT}"));
    let _web = stage.nest.victim("web").start();
    let done = stage.run(&file, &[]);
    let why = done.came_to("no_victims");
    assert!(why.contains("1 of 2 victims came, nobody is called `data*`"), "{why}");
    assert_eq!((done.phases(), stage.site.asked()), (vec!["gathering"], 0));
    assert_eq!(done.report["victims"], json!(["web"]));
}

#[test]
fn a_strike_that_did_nothing_is_no_success() {
    let stage = Stage::new();
    // It never comes by a fault point, so no delay ever holds it.
    let _web = stage.nest.victim("web").idle().start();
    let file = stage.file("duration = \"3s\"", "", SHORT);
    let running = stage.begin(&file, &[]);
    running.enters("during");
    stage.nest.operator().ask(&["pause"]);
    let done = running.done();
    let why = done.came_to("no_effect");
    assert!(why.contains("by the rule `paused`"), "{why}");
    let refused = &done.report["refused"][0];
    assert_eq!((&refused["origin"], &refused["rule"]), (&json!("hairball"), &json!("paused")));
}

#[test]
fn an_operator_who_resumes_before_or_after_does_not_let_chaos_go() {
    let stage = Stage::new();
    stage.site.answers(500);
    let _web = stage.nest.victim("web").start();
    let file = stage.file("duration = \"1s\"\nrecovery = \"25s\"", BEARS_ALL, SHORT);
    let running = stage.begin(&file, &[]);
    let operator = stage.nest.operator();
    // As long as it takes for several ticks.
    let ticks = Duration::from_millis(400);
    running.enters("before");
    let overview = operator.ask(&["resume"]);
    assert_eq!((&overview["paused"], &overview["held_by"]), (&json!(true), &json!(["experiment"])));
    let_pass(ticks);
    stage.site.answers(200);
    running.enters("during");
    stage.site.answers(500);
    running.enters("after");
    let answer = operator.run(&["resume"]);
    assert!(answer.code == 0 && answer.text.contains("still held by the experiment"), "{answer:?}");
    let status = operator.run(&["status"]);
    assert!(status.text.contains("paused, held by the experiment"), "{status:?}");
    let_pass(ticks);
    stage.site.answers(200);
    let done = running.done();
    done.came_to("held");
    let during = &done.report["phases"][2];
    let (from, to) = (during["from"].as_f64().unwrap(), during["to"].as_f64().unwrap());
    for strike in done.strikes() {
        let at = strike["at"].as_f64().unwrap();
        assert!(from <= at && at <= to, "outside of {from} to {to}: {strike}");
    }
}

#[test]
fn a_probe_that_was_not_asked_under_chaos_is_no_success() {
    let stage = Stage::new();
    let _web = stage.nest.victim("web").start();
    // Each answer takes longer than all of chaos: it is asked before that, and after it.
    let slow = "[[probe]]\nname = \"slow\"\nshell = \"sleep 2.5\"\ntimeout = \"20s\"\ninterval = \"100ms\"\nsteady = 1\n";
    let file = stage.file("duration = \"600ms\"", "", &format!("{slow}{SHORT}"));
    let done = stage.run(&file, &[]);
    let why = done.came_to("unasked");
    assert!(why.starts_with("slow was not asked once") && why.contains("`duration`"), "{why}");
    let asked = |probe: usize| done.report["probes"][probe]["asked_under_chaos"].as_u64().unwrap();
    assert!(asked(0) > 0 && asked(1) == 0, "{}", done.report["probes"]);
    assert_eq!(done.xml.matches("<failure ").count(), 1, "{}", done.xml);
}

#[test]
fn nobody_to_strike_is_no_success_either() {
    let stage = Stage::new();
    let _web = stage.nest.victim("web").start();
    let elsewhere = "[[instance]]\noperation = \"hairball\"\nvictims = { names = \"db\" }\n";
    let file = stage.file("duration = \"300ms\"", "", elsewhere);
    let why = stage.run(&file, &[]).came_to("no_effect").to_owned();
    assert!(why.contains("no operation asked for a strike"), "{why}");
}

#[test]
fn limits_hold_and_those_that_refused_everything_are_named() {
    let stage = Stage::new();
    let mut web = stage.nest.victim("web").start();
    let limits = format!("[limits]\nprotected = [{{ names = \"web\" }}]\n{SHORT}");
    let file = stage.file("duration = \"500ms\"", "", &limits);
    let done = stage.run(&file, &[]);
    let why = done.came_to("no_effect");
    assert!(why.starts_with("hairball was refused ") && why.contains("by the rule `protected`"), "{why}");
    assert_eq!((done.strikes().len(), &done.report["refused"][0]["rule"]), (0, &json!("protected")));
    web.goes_on();
}

#[test]
fn a_run_is_in_its_journal_and_the_report_says_where() {
    let stage = Stage::new();
    let _web = stage.nest.victim("web").start();
    let file = stage.file("duration = \"1s\"", "", SHORT);
    let done = stage.run(&file, &["--journal", "kept.journal"]);
    done.came_to("held");
    assert_eq!(done.report["journal"], "kept.journal");
    let operator = stage.nest.operator();
    let verified = operator.run(&["journal", "verify", "kept.journal"]);
    assert_eq!(verified.code, 0, "{verified:?}");
    let text = std::fs::read_to_string(stage.nest.path().join("kept.journal")).unwrap();
    let records: Vec<Json> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let struck = records.iter().filter(|record| record["ruling"] == "strike").count();
    assert_eq!(struck, done.strikes().len());
    let steered: Vec<_> =
        records.iter().filter(|record| record["record"] == "steering").map(|r| &r["what"]).collect();
    assert_eq!(steered, ["resume", "pause"]);
}

#[test]
fn a_dry_run_says_what_would_be_done_and_does_nothing() {
    let stage = Stage::new();
    let mut web = stage.nest.victim("web").start();
    let yowl = "[[instance]]\noperation = \"yowl\"\nparameters = { interval = \"50ms\", probability = 1 }\n";
    let file = stage.file("duration = \"1s\"", "", yowl);
    let done = stage.run(&file, &["--dry-run", "--seed", "7"]);
    let why = done.came_to("no_effect");
    assert!(why.contains("would have been made, and a dry run strikes nobody"), "{why}");
    assert_eq!((&done.report["dry_run"], &done.report["seed"]), (&json!(true), &json!(7)));
    assert!(done.strikes().iter().all(|strike| strike["dry_run"] == true) && !done.strikes().is_empty());
    assert_eq!(web.report()["errors"], 0);
}
