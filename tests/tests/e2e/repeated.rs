//! The same seed and the same arrivals, the same decisions: byte for byte, in 100 runs of 100.

use std::sync::atomic::{AtomicUsize, Ordering};

use chaos_kitty_tests::{Json, Nest, Process, Workspace};

/// Strikes that last several intervals are among them, and such that last none.
const CONFIGURATION: &str = r#"
version = 1
[[instance]]
operation = "hairball"
parameters = { interval = "10ms", probability = 0.7, min_delay = "1ms", max_delay = "50ms" }
[[instance]]
operation = "scratch"
parameters = { interval = "10ms", probability = 0.5, signal = "USR1" }
[[instance]]
operation = "floop"
parameters = { interval = "20ms", probability = 0.5, hold_duration = "20ms" }
[[instance]]
operation = "zoomies"
parameters = { interval = "10ms", probability = 0.5, min_duration = "1ms", max_duration = "30ms" }
[[instance]]
operation = "yowl"
parameters = { interval = "10ms", probability = 1 }
"#;
const INSTANCES: [&str; 5] = ["hairball", "scratch", "floop", "zoomies", "yowl"];

const RUNS: usize = 100;
const AT_A_TIME: usize = 6;
/// The last tick that is compared, and how many before it at least: the first ones of a run pass before all have arrived.
const LAST: u64 = 300;
const FEWEST: u64 = 60;

/// The records of one run, a line each, and the first tick at which everybody was there.
struct Run {
    records: String,
    first: u64,
}

/// All victims arrive, and then all operations.
fn run() -> Run {
    let nest = Nest::new();
    let quiet = "version = 1\ninstance = []\n";
    let host = nest.host().configuration(quiet).arguments(["--dry-run", "--seed", "11"]).start();
    let mut crowd = nest.command(Workspace::built().program("chaos-kitty-test-crowd"));
    let mut crowd = Process::start("a crowd", crowd.arg(host.socket()));
    crowd.tell("arrive 5");
    crowd.said().wait("that they have come", |line| line["seconds"].is_array());
    nest.file("chaos.toml", CONFIGURATION);
    nest.operator().ask(&["reload"]);
    let decided = |line: &Json| {
        Some((
            line["record"]["origin"]["instance"]["name"].as_str()?.to_owned(),
            line["record"]["tick"].as_u64()?,
        ))
    };
    host.log().wait_for("the last tick of each", |lines| {
        let over = |instance: &&str| {
            lines.iter().rev().filter_map(decided).any(|(name, tick)| name == **instance && tick > LAST)
        };
        INSTANCES.iter().all(|instance| over(&instance)).then_some(())
    });
    let records = host.records();
    let first_of = |instance: &&str| {
        let ticks = records.iter().filter(|record| record["origin"]["instance"]["name"] == **instance);
        ticks.filter_map(|record| record["tick"].as_u64()).next().unwrap()
    };
    let first = INSTANCES.iter().map(first_of).max().unwrap();
    host.stop();
    // A strike that was open at the first one may have left out others.
    let records = records.iter().map(|record| format!("{record}\n")).collect();
    Run { records, first: first + 10 }
}

#[test]
fn a_hundred_runs_of_a_hundred_decide_the_same_byte_for_byte() {
    let (next, runs) = (AtomicUsize::new(0), std::sync::Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                while next.fetch_add(1, Ordering::Relaxed) < RUNS {
                    let run = run();
                    runs.lock().unwrap().push(run);
                }
            });
        }
    });
    let runs = runs.into_inner().unwrap();
    let first = runs.iter().map(|run| run.first).max().unwrap();
    assert!(first + FEWEST <= LAST, "one of them had its first tick at {first} only");
    let nest = Nest::new();
    let ticks = format!("{first}..{LAST}");
    let decisions = |run: &Run| {
        let file = nest.file("journal", &run.records);
        let answer =
            nest.operator().run(&["journal", "decisions", file.to_str().unwrap(), "--ticks", &ticks]);
        assert_eq!(answer.code, 0, "{answer:?}");
        answer.text
    };
    let expected = decisions(&runs[0]);
    assert!(
        INSTANCES.iter().all(|name| expected.contains(&format!("{{\"origin\":\"{name}\""))),
        "{expected}"
    );
    for (number, run) in runs.iter().enumerate() {
        let found = decisions(run);
        let differ = || expected.lines().zip(found.lines()).find(|(one, other)| one != other);
        assert!(found == expected, "run {number}, ticks {ticks}: {:?}", differ());
    }
}
