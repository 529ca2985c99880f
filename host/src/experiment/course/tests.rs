use super::*;
use crate::experiment::{Gathering, Tolerance};
use crate::probe::Probe;
use proptest::prelude::*;
use std::time::Duration;

/// Two probes that hold after two successes in a row; chaos for ten seconds, and five to recover.
fn experiment() -> Experiment {
    let probe = |name: &str| ProbeSettings {
        name: name.to_owned(),
        probe: Probe { timeout: Duration::from_secs(1), ..Probe::parse("true").unwrap() },
        interval: Duration::from_secs(1),
        steady: 2,
        tolerance: Tolerance::default(),
    };
    Experiment {
        file: "experiment.toml".into(),
        title: "t".into(),
        hypothesis: "h".into(),
        duration: Duration::from_secs(10),
        recovery: Duration::from_secs(5),
        victims: Gathering::default(),
        probes: vec![probe("api"), probe("db")],
    }
}

impl Course<'_> {
    fn sees(&mut self, probe: usize, phase: Phase, at: f64, failure: Option<&str>) {
        let failure = failure.map(str::to_owned);
        self.sight(Sighting { probe, phase, at, latency: 0.5, failure });
    }

    /// Both probes hold, twice, from this moment on.
    fn holds(&mut self, phase: Phase, at: f64) {
        for (probe, later) in [(0, 0.0), (1, 0.0), (0, 1.0), (1, 1.0)] {
            self.sees(probe, phase, at + later, None);
        }
    }

    /// A strike that came to this.
    fn strikes(&mut self, verdict: &str) {
        let mark = r#""schema":1,"run":"r","boot":"b","at":1.5,"offset":2.5,"strike":7"#;
        let victim = r#"{"id":3,"name":"web","pid":42,"start_time":99}"#;
        let effect = r#"{"method":"delay","options":{},"lease_seconds":0.5,"inverse":"end"}"#;
        let origin = r#"{"instance":{"name":"slow","operation":"hairball"}}"#;
        for text in [
            format!(
                r#"{{"record":"decision",{mark},"origin":{origin},"victim":{victim},"effect":{effect},"ruling":"strike"}}"#
            ),
            format!(
                r#"{{"record":"outcome",{mark},"victim":{victim},"method":"delay","asked":{{}},"observed":null,"verdict":"{verdict}","dry_run":false,"result":null,"error":null,"took":0.5}}"#
            ),
        ] {
            self.note(&serde_json::from_str(&text).unwrap());
        }
    }
}

fn verdict(course: &Course<'_>) -> Verdict {
    course.verdict().0
}

#[test]
fn all_that_holds_under_chaos_and_after_it_has_held() {
    let experiment = experiment();
    let mut course = Course::new(&experiment);
    course.enter(Phase::Before, 0.0);
    assert!(!course.is_settled(1.0));
    course.holds(Phase::Before, 0.0);
    assert!(course.is_settled(1.5) && course.is_steady());
    course.enter(Phase::During, 2.0);
    course.holds(Phase::During, 2.0);
    course.strikes("partial");
    assert!(!course.is_settled(11.9) && course.is_settled(12.0));
    course.enter(Phase::After, 12.0);
    assert!(!course.is_settled(12.0));
    course.sees(0, Phase::After, 12.0, Some("no"));
    course.holds(Phase::After, 13.0);
    assert!(course.is_settled(14.5));
    assert_eq!((course.recovery(0), course.recovery(1)), (Some(1.5), Some(1.5)));
    assert_eq!(verdict(&course), Verdict::Held, "{:?}", course.verdict());
}

#[test]
fn one_failure_more_than_is_borne_ends_it_at_once() {
    let experiment = experiment();
    let mut course = Course::new(&experiment);
    course.enter(Phase::Before, 0.0);
    course.holds(Phase::Before, 0.0);
    course.enter(Phase::During, 2.0);
    course.strikes("effective");
    course.sees(1, Phase::During, 4.0, Some("it answered 503"));
    assert!(course.is_settled(4.5));
    course.enter(Phase::After, 5.0);
    course.holds(Phase::After, 5.0);
    let (verdict, why) = course.verdict();
    assert_eq!(
        (verdict, &*why),
        (Verdict::Refuted, "db: it answered 503 (first asked in vain 2.0 s after chaos began)")
    );
}

#[test]
fn who_does_not_hold_before_is_never_struck() {
    let experiment = experiment();
    let mut course = Course::new(&experiment);
    course.enter(Phase::Before, 0.0);
    course.sees(0, Phase::Before, 0.0, Some("no connection"));
    assert!(course.is_settled(0.5) && !course.is_steady());
    assert_eq!(course.verdict(), (Verdict::Unsteady, "api: no connection".to_owned()));
    // Nor who never answers often enough: the time for it is bounded.
    let mut course = Course::new(&experiment);
    course.enter(Phase::Before, 0.0);
    course.holds(Phase::Before, 0.0);
    let mut tolerant = experiment.clone();
    tolerant.probes[0].tolerance.failures = Some(9);
    let mut course = Course::new(&tolerant);
    course.enter(Phase::Before, 0.0);
    course.sees(0, Phase::Before, 0.0, Some("no"));
    assert!(!course.is_settled(8.9) && course.is_settled(9.1));
}

#[test]
fn who_is_late_has_not_recovered() {
    let experiment = experiment();
    let mut course = Course::new(&experiment);
    course.enter(Phase::Before, 0.0);
    course.holds(Phase::Before, 0.0);
    course.enter(Phase::During, 2.0);
    course.strikes("effective");
    course.enter(Phase::After, 12.0);
    // The first of its successes in time, the second after it: that is in time.
    course.sees(0, Phase::After, 16.0, None);
    assert!(!course.is_settled(18.0), "the second may be on its way");
    course.sees(0, Phase::After, 17.5, None);
    course.sees(1, Phase::After, 16.0, Some("no"));
    course.sees(1, Phase::After, 17.0, None);
    assert!(course.is_settled(18.0));
    assert_eq!((course.recovery(0), course.recovery(1)), (Some(4.5), None));
    assert_eq!(course.verdict(), (Verdict::NotRecovered, "db did not hold again within 5 s".to_owned()));
}

#[test]
fn a_success_that_did_nothing_is_none() {
    let experiment = experiment();
    for (verdict, said) in
        [("none", "did nothing"), ("unknown", "nobody can tell"), ("", "no operation asked")]
    {
        let mut course = Course::new(&experiment);
        course.enter(Phase::Before, 0.0);
        course.holds(Phase::Before, 0.0);
        course.enter(Phase::During, 2.0);
        if !verdict.is_empty() {
            course.strikes(verdict);
        }
        course.enter(Phase::After, 12.0);
        course.holds(Phase::After, 12.0);
        let (verdict, why) = course.verdict();
        assert_eq!(verdict, Verdict::NoEffect);
        assert!(why.contains(said), "{why}");
    }
}

#[test]
fn who_was_not_asked_under_chaos_has_not_held() {
    let experiment = experiment();
    for (asked, expected) in
        [(None, Verdict::Unasked), (Some(2.4), Verdict::Unasked), (Some(2.6), Verdict::Held)]
    {
        let mut course = Course::new(&experiment);
        course.enter(Phase::Before, 0.0);
        course.holds(Phase::Before, 0.0);
        course.enter(Phase::During, 2.0);
        course.strikes("effective");
        course.sees(0, Phase::During, 3.0, None);
        if let Some(at) = asked {
            course.sees(1, Phase::During, at, None);
        }
        course.enter(Phase::After, 12.0);
        course.holds(Phase::After, 12.0);
        let (verdict, why) = course.verdict();
        assert_eq!(verdict, expected, "{asked:?}: {why}");
        assert!(verdict == Verdict::Held || why.starts_with("db was not asked once"), "{why}");
    }
}

#[test]
fn an_effect_that_had_not_ended_is_no_recovery() {
    let experiment = experiment();
    let mut course = Course::new(&experiment);
    course.enter(Phase::Before, 0.0);
    course.holds(Phase::Before, 0.0);
    course.enter(Phase::During, 2.0);
    course.strikes("effective");
    course.holds(Phase::During, 3.0);
    course.is_unquiet = true;
    course.enter(Phase::After, 22.0);
    course.holds(Phase::After, 22.0);
    let why = "some effect had not ended when chaos was over";
    assert_eq!(course.verdict(), (Verdict::NotRecovered, why.to_owned()));
}

#[test]
fn the_probe_that_is_named_is_the_one_that_failed_first_and_its_own_failure_is_told() {
    let mut experiment = experiment();
    experiment.probes[0].tolerance.failures = Some(1);
    let mut course = Course::new(&experiment);
    course.enter(Phase::Before, 0.0);
    course.holds(Phase::Before, 0.0);
    course.enter(Phase::During, 2.0);
    course.strikes("effective");
    // That is borne, and no reason.
    course.sees(0, Phase::During, 3.0, Some("slow"));
    course.sees(1, Phase::During, 4.0, Some("gone"));
    course.sees(0, Phase::During, 5.0, Some("slow"));
    course.enter(Phase::After, 12.0);
    course.holds(Phase::After, 12.0);
    let why = "db: gone (first asked in vain 2.0 s after chaos began)";
    assert_eq!(course.verdict(), (Verdict::Refuted, why.to_owned()));
}

#[test]
fn what_was_refuted_stays_so_where_somebody_ends_it_while_it_recovers() {
    let experiment = experiment();
    for (failed, expected) in
        [(Some(4.0), Verdict::Refuted), (Some(12.8), Verdict::Interrupted), (None, Verdict::Interrupted)]
    {
        let mut course = Course::new(&experiment);
        course.enter(Phase::Before, 0.0);
        course.holds(Phase::Before, 0.0);
        course.enter(Phase::During, 2.0);
        course.strikes("effective");
        if let Some(at) = failed {
            course.sees(1, Phase::During, at, Some("gone"));
        }
        course.enter(Phase::After, 12.0);
        course.interrupted = Some(13.0);
        let (verdict, why) = course.verdict();
        assert_eq!(verdict, expected, "{why}");
        assert!(why.ends_with("a signal ended it after 13.0 s (after)"), "{why}");
        assert!(!why.contains("did not hold again"), "{why}");
    }
}

#[test]
fn what_a_pause_refuses_before_and_after_chaos_is_nobodys_affair() {
    let experiment = experiment();
    let mut course = Course::new(&experiment);
    let refuses = |course: &mut Course<'_>, at: f64| {
        let text = format!(
            r#"{{"record":"decision","schema":1,"run":"r","boot":"b","at":1.5,"offset":{at},"strike":7,"origin":{{"instance":{{"name":"slow","operation":"hairball"}}}},"victim":null,"effect":null,"ruling":{{"refused":{{"rule":"paused","reason":"it is"}}}}}}"#
        );
        course.note(&serde_json::from_str(&text).unwrap());
    };
    refuses(&mut course, 1.0);
    course.enter(Phase::During, 2.0);
    course.let_go(2.0);
    // Heard late, and none of chaos still.
    refuses(&mut course, 1.9);
    assert!(course.strikes.refusals().is_empty());
    refuses(&mut course, 3.0);
    refuses(&mut course, 4.0);
    course.hold_back(12.0);
    refuses(&mut course, 12.1);
    let refused: Vec<_> =
        course.strikes.refusals().iter().map(|refused| (&*refused.origin, refused.count)).collect();
    assert_eq!(refused, [("slow", 2)]);
}

#[test]
fn a_question_that_was_asked_under_chaos_is_chaos_affair() {
    let experiment = experiment();
    let mut course = Course::new(&experiment);
    course.enter(Phase::Before, 0.0);
    course.holds(Phase::Before, 0.0);
    course.enter(Phase::During, 2.0);
    course.strikes("effective");
    course.enter(Phase::After, 12.0);
    course.sees(0, Phase::During, 11.9, Some("no answer within 1 s"));
    course.holds(Phase::After, 13.0);
    assert_eq!(verdict(&course), Verdict::Refuted);
}

proptest! {
    /// Whatever was seen: it has held where everybody was asked under chaos and nothing failed, everything held again, and something happened.
    #[test]
    fn it_has_held_only_where_all_of_it_did(
        during in prop::collection::vec((0usize..2, any::<bool>()), 0..8),
        after in prop::collection::vec((0usize..2, any::<bool>()), 0..12),
        came in prop::sample::select(vec!["effective", "partial", "none", "unknown"]),
    ) {
        let experiment = experiment();
        let mut course = Course::new(&experiment);
        course.enter(Phase::Before, 0.0);
        course.holds(Phase::Before, 0.0);
        course.enter(Phase::During, 2.0);
        course.strikes(came);
        for (probe, failed) in &during {
            course.sees(*probe, Phase::During, 3.0, failed.then_some("no"));
        }
        course.enter(Phase::After, 12.0);
        // Half a second from one to the next, and half a second for the answer: the tenth is the last in time.
        for (number, (probe, failed)) in after.iter().enumerate() {
            course.sees(*probe, Phase::After, 12.0 + number as f64 / 2.0, failed.then_some("no"));
        }
        let failed = during.iter().any(|(_, failed)| *failed);
        let is_back = |probe: usize| {
            let own: Vec<(usize, bool)> =
                after.iter().enumerate().filter(|(_, one)| one.0 == probe).map(|(at, one)| (at, one.1)).collect();
            let row: Vec<_> = own.iter().rev().take_while(|(_, failed)| !failed).collect();
            row.len() >= 2 && row.last().is_some_and(|(at, _)| *at <= 9)
        };
        let back = is_back(0) && is_back(1);
        let effect = matches!(came, "effective" | "partial");
        let expected = match (failed, back, effect) {
            (true, ..) => Verdict::Refuted,
            (_, false, _) => Verdict::NotRecovered,
            (_, _, false) => Verdict::NoEffect,
            _ if (0..2).any(|probe| during.iter().all(|(asked, _)| *asked != probe)) => Verdict::Unasked,
            _ => Verdict::Held,
        };
        prop_assert_eq!(verdict(&course), expected);
    }
}
