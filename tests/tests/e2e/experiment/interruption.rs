//! An experiment that somebody ends puts everything back, and says so.

use super::ENDLESS;
use super::stage::Stage;
use chaos_kitty_tests::Signal;

#[test]
fn a_signal_ends_it_and_everything_is_put_back() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let stage = Stage::new();
        let file = stage.file("duration = \"10m\"", "", ENDLESS);
        let mut web = stage.nest.victim("web").start();
        let running = stage.begin(&file, &[]);
        running.enters("during");
        web.event("held", |_| true);
        running.signal(signal);
        // An impatient person's second one.
        running.signal(signal);
        let done = running.done();
        let why = done.came_to("interrupted");
        assert!(why.contains("during"), "{why}");
        assert_eq!(done.strikes()[0]["verdict"], "partial");
        web.event("released", |_| true);
        web.goes_on();
    }
}

#[test]
fn what_was_refuted_stays_so_when_somebody_ends_it_while_it_recovers() {
    let stage = Stage::new();
    let file = stage.file("duration = \"10m\"\nrecovery = \"10m\"", "", ENDLESS);
    let web = stage.nest.victim("web").start();
    let running = stage.begin(&file, &[]);
    running.enters("during");
    web.event("held", |_| true);
    stage.site.answers(503);
    running.enters("after");
    running.signal(Signal::INT);
    let done = running.done();
    let why = done.came_to("refuted");
    assert!(why.starts_with("site: it answered 503") && why.contains("a signal ended it"), "{why}");
    assert!(done.report["interrupted"].is_number());
    let counted = done.xml.contains("failures=\"1\" errors=\"0\" skipped=\"1\"");
    assert!(counted, "one is refuted, and its recovery is nobody's failure: {}", done.xml);
}

#[test]
fn who_is_waited_for_can_be_waited_for_no_more() {
    let stage = Stage::new();
    let file = stage.file("duration = \"10m\"", "", "[victims]\nwithin = \"10m\"\n");
    let running = stage.begin(&file, &[]);
    running.enters("gathering");
    running.signal(Signal::INT);
    let done = running.done();
    done.came_to("interrupted");
    assert!(done.xml.contains("skipped=\"5\""), "{}", done.xml);
}

#[test]
fn one_that_is_killed_leaves_nobody_held() {
    let stage = Stage::new();
    let file = stage.file("duration = \"10m\"", "", ENDLESS);
    let mut web = stage.nest.victim("web").start();
    let running = stage.begin(&file, &[]);
    web.event("held", |_| true);
    running.kill();
    web.event("released", |_| true);
    web.goes_on();
}
