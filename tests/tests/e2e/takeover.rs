//! One generation of an instance takes over from another, or leaves: one of them acts at a time.

use std::fs;
use std::path::Path;

use chaos_kitty_tests::{Host, Json};

use crate::stage::{Stage, configuration, instance, running, says};

/// The decisions on strikes of this victim, as method and ruling.
fn decisions(lines: &[Json], victim: &str) -> Vec<(String, String)> {
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    let records = lines.iter().map(|line| &line["record"]);
    let decisions =
        records.filter(|record| record["record"] == "decision" && record["victim"]["name"] == victim);
    let ruling = |record: &Json| match &record["ruling"] {
        Json::String(ruling) => ruling.clone(),
        refused => text(&refused["refused"]["rule"]),
    };
    decisions.map(|record| (text(&record["effect"]["method"]), ruling(record))).collect()
}

/// Waits for some strikes more of this victim's: whatever else was to happen has had its time.
#[track_caller]
fn time_passes(host: &Host, victim: &str) {
    let few = decisions(&host.log().lines(), victim).len() + 20;
    let more = |lines: &[Json]| (decisions(lines, victim).len() >= few).then_some(());
    host.log().wait_for("strikes of another", more);
}

#[test]
fn a_generation_that_leaves_without_a_tick_strikes_no_more_least_of_all_who_was_taken_out() {
    let stage = Stage::with(&["misbehaving"]);
    let cat = |names: &str| {
        let striker = instance("misbehaving", "cat", "misdeed = \"strike without ticks\"");
        format!("{striker}victims = {{ names = [{names}] }}\n")
    };
    // Somebody by whom it is seen that time passes.
    let clock = instance("misbehaving", "clock", "misdeed = \"strike without ticks\"")
        + "victims = { names = [\"clock\"] }\n";
    let host = stage.host(&(cat("\"prod\", \"dev\"") + &clock)).start();
    let victims = ["prod", "dev", "clock"].map(|name| stage.nest.victim(name).start());
    let _ = ["prod", "dev", "clock"].map(|name| host.strikes(name, "trigger_gc"));

    let reloaded = stage.reload(&(cat("\"dev\"") + &clock));
    assert!(reloaded.text.contains("cat: generation 2 (misbehaving "), "{reloaded:?}");
    assert!(reloaded.text.contains("takes over from 1, with 1 victim"), "{reloaded:?}");
    let passed = |victim: &str| {
        decisions(&host.log().lines(), victim).iter().filter(|(_, ruling)| ruling == "strike").count()
    };
    // What had been decided before that is written down by then.
    time_passes(&host, "clock");
    let prod = passed("prod");
    time_passes(&host, "clock");
    time_passes(&host, "dev");
    assert_eq!(passed("prod"), prod, "it is none of its victims any more");

    let unloaded = stage.nest.operator().run(&["operations", "unload", "cat"]);
    assert_eq!(unloaded.code, 0, "{unloaded:?}");
    time_passes(&host, "clock");
    let dev = passed("dev");
    time_passes(&host, "clock");
    assert_eq!(passed("dev"), dev, "it has been unloaded");
    stage.nest.operator().until("nothing of it is left", || stage.leaving().is_empty());
    drop(victims);
    host.stop();
}

#[test]
fn a_generation_that_leaves_finishes_its_tick_before_the_next_one_begins() {
    let stage = Stage::with(&["misbehaving"]);
    let morning = |number: usize| stage.nest.path().join(format!("morning {number}"));
    let cat = |number: usize, names: &str| {
        let until = morning(number);
        let parameters = format!("misdeed = \"strike, rest, strike\", until = {until:?}");
        format!("{}victims = {{ names = [{names}] }}\n", instance("misbehaving", "cat", &parameters))
    };
    let host = stage.host("").start();
    let victims = ["prod", "dev"].map(|name| stage.nest.victim(name).start());
    let _ = ["prod", "dev"].map(|name| host.registered(name));
    stage.reload(&cat(0, "\"dev\", \"prod\""));
    let operator = stage.nest.operator();
    let mut mark = 0;
    for number in 0..5 {
        host.record_after(mark, "the first strike of its tick", |record| {
            record["record"] == "outcome" && record["method"] == "delay" && record["victim"]["name"] == "dev"
        });
        // From the third on one of the two is taken out while the tick is open.
        let names = if number < 2 { "\"dev\", \"prod\"" } else { "\"dev\"" };
        let reloaded = stage.reload(&cat(number + 1, names));
        let old = number + 1;
        assert!(reloaded.text.contains(&format!("takes over from {old}, with ")), "{reloaded:?}");
        let note = format!("cat: generation {old} is leaving: its tick is not over");
        assert!(reloaded.text.contains(&note), "{reloaded:?}");
        assert_eq!(stage.leaving(), [(old as u64, "leaving: its tick is not over".to_owned())]);
        mark = host.log().mark();
        fs::write(morning(number), "").unwrap();
        operator.until("it is over", || stage.leaving().is_empty());
    }
    let unloaded = operator.run(&["operations", "unload", "cat"]);
    let note = "cat: generation 6 is leaving: its tick is not over";
    assert!(unloaded.text.contains(note) || unloaded.text.ends_with("runs no more"), "{unloaded:?}");
    fs::write(morning(5), "").unwrap();
    operator.until("it is over", || stage.leaving().is_empty());
    for (index, (method, ruling)) in decisions(&host.log().lines(), "dev").into_iter().enumerate() {
        let wanted = if index % 2 == 0 { "delay" } else { "trigger_gc" };
        assert_eq!((&*method, &*ruling), (wanted, "strike"), "of dev, strike {index}");
    }
    let prod = decisions(&host.log().lines(), "prod");
    let last = prod.last().unwrap();
    assert_eq!((&*last.0, &*last.1), ("trigger_gc", "not_selected"), "{prod:?}");
    assert!(prod[..prod.len() - 1].iter().all(|(_, ruling)| ruling == "strike"), "{prod:?}");
    let refused = host.record("the refusal", |record| {
        record["ruling"]["refused"]["reason"]
            .as_str()
            .is_some_and(|reason| reason.starts_with("prod is none of "))
    });
    assert_eq!(refused["victim"]["name"], "prod");
    drop(victims);
    host.stop();
}

/// Until somebody writes the file, it does not finish its tick.
fn sleeper(until: &Path) -> String {
    instance("misbehaving", "cat", &format!("misdeed = \"strike, rest, strike\", until = {until:?}"))
}

#[test]
fn who_gives_up_a_strike_before_its_turn_strikes_nobody_later() {
    for isolate in ["", "isolate = true\n"] {
        let stage = Stage::with(&["misbehaving"]);
        let morning = stage.nest.path().join("morning");
        let host = stage.host("").start();
        let web = stage.nest.victim("web").start();
        host.registered("web");
        stage.reload(&sleeper(&morning));
        host.strikes("web", "delay");
        stage.reload(&(instance("misbehaving", "cat", "misdeed = \"give up a strike\"") + isolate));
        says(&host, 0, "gave up");
        assert_eq!(stage.leaving(), [(1, "leaving: its tick is not over".to_owned())], "{isolate}");
        fs::write(&morning, "").unwrap();
        stage.nest.operator().until("the first is over", || stage.leaving().is_empty());
        time_passes(&host, "web");
        let all = decisions(&host.log().lines(), "web");
        assert!(all.iter().all(|(method, _)| method != "dropped"), "{isolate}: {all:?}");
        drop(web);
        host.stop();
    }
}

#[test]
fn who_is_unloaded_twice_does_not_finish_its_tick() {
    let stage = Stage::with(&["misbehaving"]);
    let host = stage.host("").start();
    let web = stage.nest.victim("web").start();
    host.registered("web");
    stage.reload(&sleeper(&stage.nest.path().join("never")));
    host.strikes("web", "delay");
    let operator = stage.nest.operator();
    let unloaded = operator.run(&["operations", "unload", "cat"]);
    assert!(unloaded.text.contains("cat: generation 1 is leaving: its tick is not over"), "{unloaded:?}");
    let again = operator.run(&["operations", "unload", "cat"]);
    assert_eq!((again.code, again.text.contains("runs no more")), (0, true), "{again:?}");
    operator.until("nothing of it is left", || stage.leaving().is_empty());
    assert_eq!(operator.run(&["operations", "unload", "cat"]).code, 2);
    let all = decisions(&host.log().lines(), "web");
    assert!(all.iter().all(|(method, _)| method == "delay"), "{all:?}");
    drop(web);
    host.stop();
}

#[test]
fn a_generation_that_crashes_ends_what_it_began_and_not_what_another_did() {
    let stage = Stage::with(&["misbehaving"]);
    let host = stage.host(&instance("misbehaving", "cat", "misdeed = \"long strikes\"")).start();
    let web = stage.nest.victim("web").restless().start();
    host.strikes("web", "delay");
    let crashing = instance("misbehaving", "cat", "misdeed = \"segfault in register\"") + "isolate = true\n";
    // Whether it is refused or not: its process dies of its victim.
    stage.reload(&crashing);
    let outcome = host.record("what the strike came to", |record| {
        record["record"] == "outcome" && record["method"] == "delay"
    });
    assert_eq!(outcome["verdict"], "effective", "{outcome}");
    drop(web);
    host.stop();
}

#[test]
fn who_dies_while_another_is_still_tried_out_fails_with_it() {
    let stage = Stage::with(&["misbehaving"]);
    let with = |a: &str, b: &str| {
        let cat =
            |name: &str, misdeed: &str| instance("misbehaving", name, &format!("misdeed = {misdeed:?}"));
        cat("a", a) + &cat("b", b)
    };
    let host = stage.host(&with("", "")).start();
    let victims = ["one", "two"].map(|name| stage.nest.victim(name).start());
    let _ = ["one", "two"].map(|name| host.registered(name));
    // The one is well, and dead when the other is well too.
    let reloaded = stage.reload(&with("panic after a rest", "drowsy in register"));
    assert_eq!(reloaded.code, 2, "{reloaded:?}");
    assert!(reloaded.error.contains("instance a (misbehaving): panicked at "), "{reloaded:?}");
    assert_eq!(stage.states(), [running("a", 1), running("b", 1)]);
    drop(victims);
    host.stop();
}

#[test]
fn nothing_happens_of_a_generation_that_is_refused() {
    let stage = Stage::with(&["misbehaving"]);
    let host = stage.host("").start();
    let victims = ["one", "two"].map(|name| stage.nest.victim(name).start());
    let _ = ["one", "two"].map(|name| host.registered(name));
    let new = ["strike without ticks", "", "long strikes"].iter().enumerate().map(|(number, misdeed)| {
        instance("misbehaving", &format!("new{number}"), &format!("misdeed = {misdeed:?}"))
    });
    let slow = instance("misbehaving", "slow", "misdeed = \"drowsy in register\"");
    let dead = instance("misbehaving", "dead", "misdeed = \"panic after a rest\"");
    let reloaded = stage.reload(&(new.collect::<String>() + &slow + &dead));
    assert_eq!(reloaded.code, 2, "{reloaded:?}");
    assert_eq!(stage.states(), []);
    stage.nest.operator().until("nothing of them is left", || stage.leaving().is_empty());
    let struck = host.records().into_iter().filter(|record| record["ruling"] == "strike").collect::<Vec<_>>();
    assert_eq!(struck, [] as [Json; 0]);
    drop(victims);
    host.stop();
}

#[test]
fn what_keeps_a_thread_is_listed_until_it_lets_go_of_it() {
    let stage = Stage::with(&["misbehaving"]);
    let until = stage.nest.path().join("until");
    let hog =
        |misdeed: &str| instance("misbehaving", "cat", &format!("misdeed = {misdeed:?}, until = {until:?}"));
    let host = stage.host(&hog("hog")).start();
    let operator = stage.nest.operator();
    operator.until("it is stuck", || stage.states()[0].2.starts_with("stuck: "));
    let reloaded = stage.reload(&hog(""));
    let note = "cat: generation 1 is leaving: its run has kept its thread for 2 s without awaiting anything";
    assert!(reloaded.code == 0 && reloaded.text.contains(note), "{reloaded:?}");
    says(&host, 0, "generation 1 is ended: its tick is not over after 10 s");
    let kept = vec![(1, "leaving: its run does not come back".to_owned())];
    operator.until("it is listed", || stage.leaving() == kept);
    assert_eq!(stage.states(), [running("cat", 2)]);
    fs::write(&until, "").unwrap();
    operator.until("its thread has ended", || stage.leaving().is_empty());
    host.stop();
}

/// So many that a drowsy one does not get through them in time.
const CROWD: usize = 16;

#[test]
fn a_trial_has_an_end_and_nobody_waits_for_it_to_unload() {
    let stage = Stage::with(&["misbehaving"]);
    let others = ["other", "cat"].map(|name| instance("misbehaving", name, "misdeed = \"\"")).concat();
    let host = stage.host(&others).start();
    let names: Vec<String> = (0..CROWD).map(|number| format!("victim{number}")).collect();
    let victims: Vec<_> = names.iter().map(|name| stage.nest.victim(name).start()).collect();
    names.iter().for_each(|name| drop(host.registered(&**name)));
    let operator = stage.nest.operator();
    let drowsy = instance("misbehaving", "cat", "misdeed = \"drowsy in register\"");
    stage
        .nest
        .file("chaos.toml", configuration(&(drowsy + &instance("misbehaving", "other", "misdeed = \"\""))));
    for (unloaded, wanted) in [
        (
            "other",
            "instance cat (misbehaving): its register is too slow: it has not learned of its 16 victims within 20 s",
        ),
        ("cat", "instance cat (misbehaving): it was unloaded before it took over"),
    ] {
        let mark = host.log().mark();
        let mut reload = operator.start(&["reload"]);
        says(&host, mark, "makes it drowsy");
        let answer = operator.run(&["operations", "unload", unloaded]);
        assert!(answer.text.starts_with(&format!("{unloaded} (misbehaving) runs no more")), "{answer:?}");
        let now = host.log().lines()[mark..].iter().any(|line| line["message"] == wanted);
        assert!(!now, "it has waited");
        assert_eq!(reload.exit_code(), 2);
        reload.complained().to_its_end();
        assert!(reload.complained().shown().contains(wanted), "{}", reload.complained().shown());
    }
    assert_eq!(stage.states(), []);
    drop(victims);
    host.stop();
}
