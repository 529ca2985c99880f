//! Chance can be repeated: the same seed and the same victims, the same decisions.

use std::collections::BTreeMap;

use chaos_kitty_tests::{Json, Nest};

const CONFIGURATION: &str = r#"
version = 1
[[instance]]
operation = "hairball"
parameters = { interval = "20ms", probability = 1, min_delay = 0.001, max_delay = 0.015 }
[[instance]]
operation = "yowl"
parameters = { interval = "20ms", probability = 1 }
"#;

/// Ticks to compare, from when chaos is let go.
const TICKS: u64 = 60;
const INSTANCES: [&str; 2] = ["hairball", "yowl"];

/// Whom an instance struck at a tick, and with what.
type Decisions = BTreeMap<(String, u64), (String, Json)>;

/// The decisions of a dry run that is let go when all victims are there.
fn decisions(seed: u64, victims: &[&str]) -> Decisions {
    let nest = Nest::new();
    let arguments = ["--dry-run", "--paused", "--seed", &seed.to_string()];
    let host = nest.host().configuration(CONFIGURATION).arguments(arguments).start();
    let running: Vec<_> = victims.iter().map(|name| nest.victim(name).idle().start()).collect();
    running.iter().for_each(|victim| drop(host.registered(victim.pid())));
    let operator = nest.operator();
    operator.until("each instance knows all of them", || {
        INSTANCES.iter().all(|name| operator.operation(name)["victims"] == victims.len())
    });
    operator.ask(&["resume"]);
    let found = host.log().wait_for("enough ticks", |lines| {
        let found: Decisions = lines.iter().filter_map(|line| decision(&line["record"])).collect();
        let is_through = |name: &str| found.keys().any(|(of, tick)| of == name && *tick > TICKS);
        INSTANCES.iter().all(|name| is_through(name)).then_some(found)
    });
    host.stop();
    found.into_iter().filter(|((_, tick), _)| (1..=TICKS).contains(tick)).collect()
}

fn decision(record: &Json) -> Option<((String, u64), (String, Json))> {
    let (instance, tick) = (record["origin"]["instance"]["name"].as_str()?, record["tick"].as_u64()?);
    let victim = record["victim"]["name"].as_str()?.to_owned();
    Some(((instance.to_owned(), tick), (victim, record["effect"].clone())))
}

#[test]
fn a_run_can_be_repeated_and_a_newcomer_moves_nobody_elses_fate() {
    let runs =
        [(7, &["a", "b", "c"][..]), (7, &["c", "b", "a"]), (7, &["a", "b", "c", "d"]), (8, &["a", "b", "c"])];
    // In a scope: should one fail, the others end what they started before the test does.
    let [first, again, with_another, other_seed] = std::thread::scope(|scope| {
        runs.map(|(seed, victims)| scope.spawn(move || decisions(seed, victims)))
            .map(|run| run.join().unwrap())
    });

    let all = |name: &str| (1..=TICKS).all(|tick| first.contains_key(&(name.to_owned(), tick)));
    assert!(INSTANCES.iter().all(|name| all(name)), "each tick is one of a strike: {:?}", first.keys());
    assert_eq!(first, again);

    let (newcomers, others): (Vec<_>, Vec<_>) =
        with_another.iter().partition(|(_, (victim, _))| victim == "d");
    assert!(!newcomers.is_empty() && !others.is_empty(), "{newcomers:?} {others:?}");
    others.iter().for_each(|(tick, decision)| assert_eq!(first.get(tick), Some(*decision), "{tick:?}"));

    assert!(
        first.iter().any(|(tick, decision)| other_seed.get(tick) != Some(decision)),
        "another seed is another run"
    );
}
