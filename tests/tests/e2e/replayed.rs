//! A run that is struck again.

use std::path::{Path, PathBuf};

use chaos_kitty_bus::{Message, Request, Symbol, Value};
use chaos_kitty_tests::{Answer, Host, Json, Nest, Process, Signal, Wire, vitals};

/// What a host has written down so far, as a file.
fn journal(nest: &Nest, host: &Host) -> PathBuf {
    let records: String = host.records().iter().map(|record| format!("{record}\n")).collect();
    nest.file("recorded.journal", records)
}

/// Whom a host has struck with what, in the order of its decisions.
fn strikes(host: &Host) -> Vec<(String, Json)> {
    let struck = |record: &Json| record["record"] == "decision" && record["ruling"] == "strike";
    let records = host.records().into_iter().filter(struck);
    records
        .map(|record| (record["victim"]["name"].as_str().unwrap().to_owned(), record["effect"].clone()))
        .collect()
}

fn offsets(host: &Host) -> Vec<f64> {
    let struck = |record: &Json| record["record"] == "decision" && record["ruling"] == "strike";
    host.records()
        .iter()
        .filter(|record| struck(record))
        .map(|record| record["offset"].as_f64().unwrap())
        .collect()
}

/// A run in which two strikes overlap, recorded.
fn recorded() -> (Nest, PathBuf, Vec<(String, Json)>, Vec<f64>) {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let _victims = ["web", "db"].map(|name| nest.victim(name).start());
    ["web", "db"].iter().for_each(|name| drop(host.registered(*name)));
    let operator = nest.operator();
    let mut under_way = operator.start(&["call", "web", "delay", "duration=3s"]);
    host.strikes("web", "delay");
    operator.ask(&["call", "db", "greet", "whom=you"]);
    operator.ask(&["call", "web", "signal", "signal=USR1"]);
    operator.ask(&["call", "db", "cpu_spin", "duration=10ms"]);
    assert_eq!(under_way.exit_code(), 0);
    let (file, strikes, offsets) = (journal(&nest, &host), strikes(&host), offsets(&host));
    host.stop();
    (nest, file, strikes, offsets)
}

fn replay(nest: &Nest, file: &Path, arguments: &[&str]) -> Answer {
    nest.operator().run(&[&["replay", file.to_str().unwrap()], arguments].concat())
}

#[test]
fn the_same_victims_are_struck_with_the_same_effects_at_the_same_offsets() {
    let (nest, file, then, then_at) = recorded();
    let host = nest.quiet_host();
    let mut victims = ["web", "db"].map(|name| nest.victim(name).start());
    ["web", "db"].iter().for_each(|name| drop(host.registered(*name)));
    let from = format!("{}s", (then_at[0] * 1e3).floor() / 1e3);
    let replayed = nest.operator().ask(&["replay", file.to_str().unwrap(), "--from", &from]);
    assert_eq!(replayed["strikes"], 4, "{replayed}");
    assert_eq!(replayed["struck"].as_array().unwrap().len(), 4, "{replayed}");
    assert_eq!(replayed["stopped"], Json::Null);
    // The delay's outcome comes last, so it overlapped with the others.
    assert_eq!(replayed["struck"][3]["method"], "delay", "{replayed}");
    for struck in replayed["struck"].as_array().unwrap() {
        assert_eq!(struck["then"], struck["now"], "{struck}");
    }
    assert_eq!(strikes(&host), then);
    // A busy machine may be late, and is never early.
    let now_at = offsets(&host);
    for (now, then) in now_at.iter().zip(&then_at) {
        let (now, then) = (now - now_at[0], then - then_at[0]);
        assert!(now > then - 0.01 - replayed["latest"].as_f64().unwrap(), "{now} {then} {replayed}");
    }
    let origin = host.record("a replayed strike", |record| record["ruling"] == "strike")["origin"].clone();
    assert!(origin["replay"]["run"].is_string() && origin["replay"]["strike"] == 1, "{origin}");
    let sums = nest.operator().ask(&["history", "--run", "last", "--by", "operation"])["sums"].clone();
    assert!(sums["replay"]["strikes"] == 4 && sums["operator"].is_null(), "{sums}");
    let found = nest.operator().ask(&["history", "--operation", "replay"]);
    assert_eq!(found.as_array().unwrap().len(), 4, "{found}");
    victims[1].event("greeted", |line| line["whom"] == "you");
    victims[0].event("signal", |_| true);

    // What was struck again is no strike of its own: the run before is what there is to replay still.
    let both = format!(
        "{}{}",
        std::fs::read_to_string(&file).unwrap(),
        std::fs::read_to_string(journal(&nest, &host)).unwrap()
    );
    let both = nest.file("both.journal", both);
    let again = replay(&nest, &both, &["--from", &from, "--until", "0"]);
    assert_eq!(again.code, 1, "{again:?}");
    let again = replay(&nest, &both, &["--from", &from]);
    assert!(again.text.contains("4 of 4 struck again; no verdict is another than then"), "{again:?}");
    assert_eq!(victims[1].report()["event"], "report");
    host.stop();
}

#[test]
fn what_cannot_be_struck_is_said_before_anything_is_done() {
    let (nest, file, ..) = recorded();
    let host = nest.quiet_host();
    let _web = nest.victim("web").start();
    host.registered("web");
    let missing = replay(&nest, &file, &[]);
    assert_eq!(missing.code, 1, "{missing:?}");
    assert!(missing.error.contains("strike 2 at "), "{missing:?}");
    assert!(
        missing.error.contains(
            "greet on db: there is no victim called `db`: start it with --name db; nothing has been done"
        ),
        "{missing:?}"
    );
    let mut job = nest.job("db").start("read end; exit 0");
    host.registered("db");
    let undeclared = nest.operator().run(&["--json", "replay", file.to_str().unwrap()]);
    assert_eq!(undeclared.code, 1, "{undeclared:?}");
    assert_eq!(undeclared.json()["stopped"]["strike"], 2, "{undeclared:?}");
    assert_eq!(undeclared.json()["stopped"]["by"]["rule"], "not_declared", "{undeclared:?}");
    assert!(undeclared.error.contains("db does not offer it: it offers delay"), "{undeclared:?}");
    assert!(strikes(&host).is_empty());
    job.end();
    host.stop();
}

/// A replay whose first strike is under way.
fn begun(nest: &Nest, host: &Host, file: &Path) -> Process {
    let process = nest.operator().start(&["replay", file.to_str().unwrap()]);
    host.strikes("web", "delay");
    process
}

/// Two delays, the first a long one.
fn long() -> (Nest, PathBuf) {
    let nest = Nest::new();
    let line = |strike: u32, offset: f64, method: &str, options: &str, lease: f64| {
        format!(
            r#"{{"record":"decision","schema":1,"run":"00c0ffee00c0ffee","boot":"b","at":1.5,"offset":{offset},"strike":{strike},"origin":{{"instance":{{"name":"slow","operation":"hairball"}}}},"victim":{{"id":3,"name":"web","pid":42,"start_time":99}},"effect":{{"method":"{method}","options":{options},"lease_seconds":{lease},"inverse":"end"}},"ruling":"strike"}}
"#
        )
    };
    let lines = [
        line(1, 0.0, "delay", r#"{"duration":60.0}"#, 60.0),
        line(4, 3.0, "cpu_spin", r#"{"duration":0.01}"#, 2.05),
    ];
    let file = nest.file("long.journal", lines.concat());
    (nest, file)
}

#[test]
fn a_replay_stops_at_the_first_strike_that_is_refused_and_ends_what_is_under_way() {
    let (nest, file) = long();
    let host = nest.quiet_host();
    let mut web = nest.victim("web").start();
    host.registered("web");
    let mut process = begun(&nest, &host, &file);
    nest.operator().ask(&["pause"]);
    assert_eq!(process.exit_code(), 1);
    process.complained().to_its_end();
    let error = process.complained().shown();
    let expected = "error: strike 4 at 3.000 s: cpu_spin on web: refused: chaos is paused: `chaos-kitty resume` lets it go on; \
                    0 of 2 were replayed before it, and what was under way has been ended";
    assert!(error.contains(expected), "{error}");
    nest.operator().until_nothing_is_active();
    web.goes_on();
    host.stop();
}

#[test]
fn a_victim_that_goes_on_the_way_ends_a_replay() {
    let (nest, file) = long();
    let host = nest.quiet_host();
    let web = nest.victim("web").start();
    host.registered("web");
    let mut process = begun(&nest, &host, &file);
    drop(web);
    assert_eq!(process.exit_code(), 1);
    process.complained().to_its_end();
    let error = process.complained().shown();
    assert!(
        error.contains("strike 1 at 0.000 s: delay on web: the victim went before it answered"),
        "{error}"
    );
    host.stop();
}

#[test]
fn a_replay_that_is_interrupted_or_killed_leaves_nothing_behind() {
    let (nest, file) = long();
    let host = nest.quiet_host();
    let mut web = nest.victim("web").start();
    host.registered("web");
    let operator = nest.operator();
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let mut process = operator.start(&["replay", file.to_str().unwrap()]);
        operator.until("it is under way", || operator.ask(&["status"])["host"]["active"] == 1);
        process.signal(signal);
        assert_eq!(process.exit_code(), 1);
        process.complained().to_its_end();
        let error = process.complained().shown();
        assert!(error.contains("interrupted after 0 of 2: what was under way has been ended"), "{error}");
        operator.until_nothing_is_active();
        web.goes_on();
    }

    let mut process = nest.operator().start(&["replay", file.to_str().unwrap()]);
    web.event("held", |_| true);
    process.kill();
    nest.operator().until_nothing_is_active();
    web.goes_on();
    host.stop();
}

/// Whoever replays hangs up anywhere between the decision and the program's stop: before that the host looks at the program.
#[test]
fn a_replay_that_is_killed_at_once_holds_nobody() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let mut job = nest.job("job").start("read end; exit 0");
    host.registered("job");
    for strike in 1..=12 {
        let mark = host.log().mark();
        let mut replay = Wire::connect(&nest.socket());
        let replayed = Value::map([("run", Value::from("00c0ffee00c0ffee")), ("strike", strike.into())]);
        let request = Request::new("strike")
            .argument("job")
            .argument(Symbol::from("delay"))
            .option("options", Value::map([("duration", 300)]))
            .option("replay", replayed);
        replay.send(&Message::Invoke { id: 1, object: "chaos".into(), request, block: false });
        host.record_after(mark, "the decision", |record| record["ruling"] == "strike");
        drop(replay);
        // That is waited for a tenth as long as the delay lasts.
        let outcome = host.record_after(mark, "its outcome", |record| record["record"] == "outcome");
        let undone = &outcome["error"]["kind"] == "refused" && &outcome["verdict"] == "none";
        assert!(undone || outcome["observed"]["seconds_held"].is_number(), "{outcome}");
        assert!(!vitals::is_stopped(job.pid()), "{outcome}");
    }
    assert_eq!(job.end(), 0);
    host.stop();
}

#[test]
fn what_does_not_end_when_it_is_told_to_is_said() {
    let (nest, file) = long();
    let host = nest.quiet_host();
    let mut web = nest.victim("web").start();
    host.registered("web");
    let mut process = begun(&nest, &host, &file);
    web.event("held", |_| true);
    web.process().signal(Signal::STOP);
    // A thread that has not taken it yet could end the delay still.
    nest.operator().until("all of it is stopped", || vitals::is_stopped(web.pid()));
    process.signal(Signal::TERM);
    assert_eq!(process.exit_code(), 1);
    process.complained().to_its_end();
    let error = process.complained().shown();
    let expected = "interrupted after 0 of 2: 1 effect may be under way still, until its lease ends";
    assert!(error.contains(expected), "{error}");
    web.process().signal(Signal::CONT);
    nest.operator().until_nothing_is_active();
    web.goes_on();
    host.stop();
}

#[test]
fn on_a_host_that_only_writes_down_nothing_is_struck_again_and_that_is_said() {
    let (nest, file, ..) = recorded();
    let host = nest.host().configuration("version = 1\ninstance = []\n").arguments(["--dry-run"]).start();
    let _victims = ["web", "db"].map(|name| nest.victim(name).start());
    ["web", "db"].iter().for_each(|name| drop(host.registered(*name)));
    let replayed = replay(&nest, &file, &[]);
    assert_eq!(replayed.code, 1, "{replayed:?}");
    assert!(replayed.text.contains("delay on web: would have been struck\n"), "{replayed:?}");
    assert!(replayed.text.contains("4 of 4 would have been struck again"), "{replayed:?}");
    assert!(!replayed.text.contains("4 of 4 struck again"), "{replayed:?}");
    assert!(replayed.error.contains("error: nothing was done: this host only writes down"), "{replayed:?}");
    let replayed = nest.operator().run(&["--json", "replay", file.to_str().unwrap()]);
    assert_eq!((replayed.code, &replayed.json()["dry_run"]), (1, &true.into()), "{replayed:?}");
    assert_eq!(replayed.json()["struck"][0]["now"], Json::Null, "{replayed:?}");
    host.stop();
}

#[test]
fn who_strikes_beside_a_replay_is_named() {
    let (nest, file) = long();
    let yowl = "version = 1\n[[instance]]\noperation = \"yowl\"\nparameters = { interval = 3600 }\n";
    let host = nest.host().configuration(yowl).start();
    let answer = replay(&nest, &file, &[]);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(answer.error.contains("warning: yowl runs on this host, and may strike meanwhile"), "{answer:?}");
    host.stop();
    assert_eq!(replay(&nest, &file, &[]).code, 3);
    assert_eq!(replay(&nest, &nest.path().join("none"), &[]).code, 1);
    assert_eq!(replay(&nest, &file, &["--from", "soon"]).code, 2);
}
