//! `chaos-kitty demo`: five operations strike, everything is put back, nothing is left.

use chaos_kitty_tests::{Json, Nest, Process, vitals};

#[test]
fn the_demo_strikes_with_all_five_and_leaves_nothing() {
    let nest = Nest::new();
    let mut command = nest.operator().command();
    // Scratch wakes at every fourth second of the clock's: in six there is one, and time to see what comes of it.
    let mut demo = Process::start("the demo", command.args(["demo", "--seconds", "6", "--json"]));
    let code = demo.exit_code();
    let said = demo.said().to_its_end();
    let text = demo.said().shown();
    let summary: Json =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("no JSON ({error}):\n{text}"));
    for operation in ["hairball", "floop", "zoomies", "yowl", "scratch"] {
        let tally = &summary["operations"][operation];
        assert!(tally["strikes"].as_u64() > Some(0), "{operation} struck nobody: {summary}");
        // How much of what was asked a busy machine has to give is not the demo's to say.
        assert!(tally["observed"].as_f64() > Some(0.0), "{operation} had no effect: {summary}");
    }
    assert_eq!(summary["effects_under_way"], 0, "{summary}");
    assert_eq!(summary["victims_back"], 3, "{summary}");
    // A delay of Hairball's is 200 ms or more, and shows in what the victims say of themselves.
    let delayed = |victim: &Json| victim["during"]["slowest_ms"].as_f64() >= Some(180.0);
    assert!(summary["victims"].as_array().unwrap().iter().any(delayed), "{summary}");
    // Exit code 1 says that a victim's throughput is not what it was, which a busy machine can bring about.
    assert!(code == 0 || code == 1, "{code}: {} lines", said.len());

    let left: Vec<_> = std::fs::read_dir(nest.tmp()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(left.is_empty(), "files are left: {left:?}");
    let processes = vitals::with_environment(nest.tmp().to_str().unwrap());
    assert!(processes.is_empty(), "processes are left: {processes:?}");
}

#[test]
fn a_demo_that_is_interrupted_puts_everything_back_at_once() {
    let nest = Nest::new();
    let mut command = nest.operator().command();
    let mut demo = Process::start("the demo", command.args(["demo", "--seconds", "600"]));
    demo.said().wait("a strike", |line| line.as_str().is_some_and(|line| line.contains('←')));
    demo.signal(chaos_kitty_tests::Signal::INT);
    demo.exit_code();
    demo.said().to_its_end();
    let said = demo.said().shown();
    assert!(said.contains("asked against observed"), "{said}");
    assert_eq!(std::fs::read_dir(nest.tmp()).unwrap().count(), 0);
    assert_eq!(vitals::with_environment(nest.tmp().to_str().unwrap()), [] as [i32; 0]);
}
