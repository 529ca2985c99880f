//! Chance can be repeated: the same seed and the same victims, the same decisions.

use std::collections::{BTreeMap, BTreeSet};

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

/// Ticks to compare, after all victims have come.
const TICKS: usize = 60;

/// Whom an instance struck at a tick, and with what.
type Decisions = BTreeMap<(String, u64), (String, Json)>;

/// The decisions of a dry run, from when all victims were there.
fn decisions(seed: u64, victims: &[&str]) -> Decisions {
    let nest = Nest::new();
    let host = nest
        .host()
        .configuration(CONFIGURATION)
        .arguments(["--dry-run", "--seed", &seed.to_string()])
        .start();
    let running: Vec<_> = victims.iter().map(|name| nest.victim(name).idle().start()).collect();
    running.iter().for_each(|victim| drop(host.registered(victim.pid())));
    let mark = host.log().mark();
    let found = host.log().wait_for("enough ticks", |lines| {
        let found = read(&lines[mark..]);
        let of = |instance: &str| found.keys().filter(|(name, _)| name == instance).count();
        (of("hairball") >= TICKS && of("yowl") >= TICKS).then_some(found)
    });
    host.stop();
    found
}

/// A decision is the gate's, and its tick the instance's own line after it.
///
/// The first of each instance is left out: its victim may have been picked before the last one came.
fn read(lines: &[Json]) -> Decisions {
    let mut open: BTreeMap<String, (String, Json)> = BTreeMap::new();
    let mut begun = BTreeSet::new();
    let mut found = Decisions::new();
    for line in lines {
        if let Some(instance) = line["record"]["origin"]["instance"]["name"].as_str() {
            let record = &line["record"];
            let victim = record["victim"]["name"].as_str().unwrap().to_owned();
            open.insert(instance.to_owned(), (victim, record["effect"].clone()));
        } else if line["message"] == "struck" {
            let instance = line["instance"].as_str().unwrap().to_owned();
            let fields = line["fields"].as_str().unwrap();
            let tick = fields.split(' ').find_map(|field| field.strip_prefix("tick=")?.parse().ok()).unwrap();
            if let Some(decision) = open.remove(&instance)
                && !begun.insert(instance.clone())
            {
                found.insert((instance, tick), decision);
            }
        }
    }
    found
}

/// The decisions of two runs at the ticks that both were in time for.
fn in_both<'a>(one: &'a Decisions, other: &'a Decisions) -> Vec<[&'a (String, Json); 2]> {
    one.iter().filter_map(|(tick, decision)| Some([decision, other.get(tick)?])).collect()
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

    let repeated = in_both(&first, &again);
    assert!(repeated.len() >= TICKS / 2, "the runs have too few ticks in common");
    repeated.iter().for_each(|[one, other]| assert_eq!(one, other));

    let (newcomers, others): (Vec<_>, Vec<_>) =
        in_both(&first, &with_another).into_iter().partition(|[_, with]| with.0 == "d");
    assert!(!newcomers.is_empty() && !others.is_empty(), "{newcomers:?} {others:?}");
    others.iter().for_each(|[without, with]| assert_eq!(without, with));

    assert!(
        in_both(&first, &other_seed).iter().any(|[one, other]| one != other),
        "another seed is another run"
    );
}
