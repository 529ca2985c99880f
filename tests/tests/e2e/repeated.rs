//! The same seed and the same arrivals, the same decisions: byte for byte, in 100 runs of 100.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use chaos_kitty_tests::{Json, Nest, Process, Workspace};

/// Strikes that last several intervals are among them, and such that last none. Of the two that delay, a limit lets one pass at
/// each boundary: which, is the same in each run.
const CONFIGURATION: &str = r#"
version = 1
[limits.operations.hairball]
effects = 1
[[instance]]
operation = "hairball"
parameters = { interval = "25ms", probability = 0.8, min_delay = "1ms", max_delay = "20ms" }
[[instance]]
operation = "hairball"
name = "slower"
parameters = { interval = "25ms", probability = 0.8, min_delay = "1ms", max_delay = "20ms" }
[[instance]]
operation = "scratch"
parameters = { interval = "25ms", probability = 0.5, signal = "USR1" }
[[instance]]
operation = "floop"
parameters = { interval = "25ms", probability = 0.5, hold_duration = "40ms" }
[[instance]]
operation = "zoomies"
parameters = { interval = "25ms", probability = 0.5, min_duration = "1ms", max_duration = "120ms" }
[[instance]]
operation = "yowl"
parameters = { interval = "25ms", probability = 1 }
"#;
const INSTANCES: [&str; 6] = ["hairball", "slower", "scratch", "floop", "zoomies", "yowl"];

const RUNS: usize = 100;
const AT_A_TIME: usize = 8;
/// The last tick that is compared.
const LAST: u64 = 80;

/// The instance and the tick of a record.
fn tick(record: &Json) -> Option<(&str, u64)> {
    Some((record["origin"]["instance"]["name"].as_str()?, record["tick"].as_u64()?))
}

/// The records of one run, a line each. Chaos is let go when everybody has arrived, and ticks count from then on.
fn run() -> String {
    let nest = Nest::new();
    let arguments = ["--dry-run", "--paused", "--seed", "11"];
    let host = nest.host().configuration(CONFIGURATION).arguments(arguments).start();
    let mut crowd = nest.command(Workspace::built().program("chaos-kitty-test-crowd"));
    let mut crowd = Process::start("a crowd", crowd.arg(host.socket()));
    crowd.tell("arrive 5");
    crowd.said().wait("that they have come", |line| line["seconds"].is_array());
    let operator = nest.operator();
    operator.until("each instance knows all of them", || {
        INSTANCES.iter().all(|name| operator.operation(name)["victims"] == 5)
    });
    operator.ask(&["resume"]);
    let passed = |lines: &[Json], name: &str| {
        let is_passed =
            |line: &Json| tick(&line["record"]).is_some_and(|(of, tick)| of == name && tick > LAST);
        lines.iter().rev().any(is_passed)
    };
    host.log().wait_for("the last tick of each", |lines| {
        // Of thousands of lines most are looked at once: one of the instances strikes at each tick.
        let is_late = passed(&lines[lines.len().saturating_sub(16)..], "yowl");
        (is_late && INSTANCES.iter().all(|name| passed(lines, name))).then_some(())
    });
    let records = host.records();
    host.stop();
    records.iter().map(|record| format!("{record}\n")).collect()
}

#[test]
fn a_hundred_runs_of_a_hundred_decide_the_same_byte_for_byte() {
    let (runs, begun) = (Mutex::new(Vec::new()), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                while begun.fetch_add(1, Ordering::Relaxed) < RUNS {
                    let run = run();
                    runs.lock().unwrap().push(run);
                }
            });
        }
    });
    let runs = runs.into_inner().unwrap();
    assert_eq!(runs.len(), RUNS);
    let nest = Nest::new();
    let ticks = format!("1..{LAST}");
    let decisions = |run: &String| {
        let file = nest.file("journal", run);
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
    let refused = |name: &str| {
        let of = format!("{{\"origin\":\"{name}\"");
        expected.lines().any(|line| line.starts_with(&of) && line.contains("\"rule\":\"effects_at_once\""))
    };
    assert!(refused("hairball") && refused("slower"), "{expected}");
    for (number, run) in runs.iter().enumerate() {
        let found = decisions(run);
        let differ = || expected.lines().zip(found.lines()).find(|(one, other)| one != other);
        assert!(found == expected, "run {number}, ticks {ticks}: {:?}", differ());
    }
}
