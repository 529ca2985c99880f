//! Victims that registered as they should, and then do not behave.

use crate::arena::{Arena, text};
use crate::liar::Liar;
use crate::told::{Told, answer, word};
use chaos_kitty_bus::{Exception, Message, Request, Value};

impl Liar {
    /// `chaos-kitty call`, and an answer that would wipe the terminal.
    fn shows_a_person_its_doubt(&mut self, arena: &Arena) {
        let mut call = arena.nest.operator().start(&["call", "liar", "delay", "duration=1"]);
        let (id, _) = self.asked();
        let observed = Value::map([("seconds_held", 1e300)]);
        let result = Value::map([("observed", observed), ("delayed", "\u{1b}[2J".into())]);
        self.wire.send(&Message::Return { id, result });
        assert_eq!(call.exit_code(), 0, "{}", call.complained().shown());
        call.said().to_its_end();
        let shown = call.said().shown();
        assert!(shown.contains("  doubted   seconds_held is 1"), "{shown}");
        assert!(shown.contains("\\u{1b}[2J") && !shown.contains('\u{1b}'), "{shown:?}");
    }
}

pub(crate) fn never_answers(arena: &Arena) -> Option<Told> {
    let mut liar = Liar::register(arena);
    let strike = arena.strike("liar", "delay", &[("duration", 0.01.into())]);
    let (unanswered, asked) = liar.asked();
    let outcome = strike.outcome();
    assert_eq!(text(&outcome, "verdict"), "unknown", "{outcome:?}");
    let (_, called_off) = liar.asked();
    // Nobody else waits for it again for a while; to signal it needs no answer.
    let refused = arena.strike("liar", "delay", &[("duration", 0.01.into())]).outcome();
    let refused = refused.get("refused").unwrap_or(&Value::Nil);
    assert!(text(refused, "reason").starts_with("liar has left a call unanswered"), "{refused:?}");
    let outcome = arena.strike("liar", "signal", &[("signal", "WINCH".into())]).outcome();
    assert_eq!(
        outcome.get("observed").map(|observed| text(observed, "fate")),
        Some("ignored"),
        "{outcome:?}"
    );
    // Late is better than never.
    liar.wire.send(&Message::Return { id: unanswered, result: Value::Nil });
    answer(liar.wire.call("chaos", Request::new("keys")));
    let (_, outcome) = liar.observes(arena, Value::map([("seconds_held", 0.0)]));
    assert_eq!(text(&outcome, "verdict"), "none", "{outcome:?}");
    Told::of(liar.process.pid(), [asked, called_off])
}

pub(crate) fn answers_twice(arena: &Arena) -> Option<Told> {
    let mut liar = Liar::register(arena);
    let observed = |seconds: f64| Value::map([("observed", Value::map([("seconds_held", seconds)]))]);
    let strike = arena.strike("liar", "delay", &[("duration", 1.into())]);
    let (id, first) = liar.asked();
    for _ in 0..1_000 {
        liar.wire.send(&Message::Return { id, result: observed(0.0) });
    }
    assert_eq!(text(&strike.outcome(), "verdict"), "none");
    // What it says of the first call, and of those to come, is no answer to the next.
    let strike = arena.strike("liar", "delay", &[("duration", 1.into())]);
    let (next, second) = liar.asked();
    assert_eq!(next, id + 2, "a number is never used again");
    for other in [id, next + 2, next + 4] {
        liar.wire.send(&Message::Return { id: other, result: observed(0.0) });
    }
    liar.wire.send(&Message::Error { id: next, exception: Exception::runtime("the true one") });
    let outcome = strike.outcome();
    assert_eq!(text(&outcome, "verdict"), "unknown", "{outcome:?}");
    let pid = liar.process.pid();
    drop(liar);
    Told::of(pid, [first, second])
}

pub(crate) fn lies_about_what_it_observed(arena: &Arena) -> Option<Told> {
    let mut liar = Liar::register(arena);
    let mut heard = Vec::new();
    // It answers at once: not a minute has passed, nor have a thousand CPU seconds, nor is there so much memory.
    for (figure, lie) in [
        ("seconds_held", Value::from(60.0)),
        ("seconds_held", 1e300.into()),
        ("seconds_held", Value::from(-1)),
        ("seconds_held", f64::NAN.into()),
        ("seconds_held", f64::INFINITY.into()),
        ("seconds_held", "long".into()),
        ("cpu_seconds", 1000.into()),
        ("resident_mb", 1e12.into()),
    ] {
        let (asked, outcome) = liar.observes(arena, Value::map([(figure, lie)]));
        assert_eq!(text(&outcome, "verdict"), "unknown", "{outcome:?}");
        assert!(text(&outcome, "doubt").starts_with(&format!("{figure} is ")), "{outcome:?}");
        heard.push(asked);
    }
    let (_, outcome) = liar.observes(arena, "a second".into());
    assert!(text(&outcome, "doubt").contains("should be a map"), "{outcome:?}");
    // What is possible is believed.
    let (_, outcome) = liar.observes(arena, Value::map([("seconds_held", 0.0)]));
    assert_eq!((text(&outcome, "verdict"), text(&outcome, "doubt")), ("none", ""), "{outcome:?}");
    liar.shows_a_person_its_doubt(arena);
    Told::of(liar.process.pid(), heard)
}

pub(crate) fn observes_what_no_record_can_hold(arena: &Arena) -> Option<Told> {
    let mut liar = Liar::register(arena);
    let megabyte = || Value::from("x".repeat(1 << 20));
    let odd = Value::Map(vec![(Value::map([("a", 1)]), Value::Nil)]);
    let mut heard = Vec::new();
    for observed in [Value::map([("seconds_held", megabyte())]), Value::map([("words", megabyte())]), odd] {
        heard.push(liar.observes(arena, observed).0);
        let result = |id| Message::Return { id, result: Value::map([("words", megabyte())]) };
        liar.answers(arena, result);
    }
    let records = arena.host.records();
    let outcomes =
        records.iter().filter(|record| record["record"] == "outcome" && record["victim"]["name"] == "liar");
    assert_eq!(outcomes.count(), 6, "each of them is written down");
    Told::of(liar.process.pid(), heard)
}

pub(crate) fn raises_lines_of_a_log(arena: &Arena) -> Option<Told> {
    let mut liar = Liar::register(arena);
    let forged = format!("boo\n{{\"level\":\"WARN\",\"message\":\"forged\"}}\n{}", "x".repeat(1 << 20));
    let raise = |id| Message::Error { id, exception: Exception::runtime(forged.clone()) };
    let (asked, outcome) = liar.answers(arena, raise);
    assert_eq!(text(&outcome, "verdict"), "unknown", "{outcome:?}");
    assert!(!arena.lines().iter().any(|line| line["message"] == "forged"), "a line of its own");
    Told::of(liar.process.pid(), [asked])
}

pub(crate) fn answers_before_it_is_asked(arena: &Arena) -> Option<Told> {
    let mut liar = Liar::register(arena);
    let observed = Value::map([("observed", Value::map([("seconds_held", 0.0)]))]);
    for id in (2..2_000).step_by(2) {
        liar.wire.send(&Message::Return { id, result: observed.clone() });
    }
    // All of it has arrived when this is answered.
    assert!(answer(liar.wire.call("chaos", Request::new("keys"))).starts_with("answered"));
    let strike = arena.strike("liar", "delay", &[("duration", 0.01.into())]);
    let heard = word(&mut liar.wire);
    let pid = liar.process.pid();
    drop(liar);
    let outcome = strike.outcome();
    assert_eq!(text(&outcome, "verdict"), "unknown", "it went: {outcome:?}");
    Told::of(pid, [heard])
}
