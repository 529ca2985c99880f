//! What holds of a plan, a ruling and a verdict, whatever somebody asks for and whatever a victim answers.

use super::plan::plan;
use super::*;
use crate::effect::tests::effect;
use crate::roster::Candidate;
use crate::roster::tests::candidate_of;
use chaos_kitty_bus::{Exception, Symbol, Value};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use std::time::Duration;

/// The longest lease, as docs/ promise it.
const LONGEST: Duration = Duration::from_secs(3600);

const METHODS: [&str; 10] = [
    "delay",
    "freeze",
    "cpu_spin",
    "allocate_memory",
    "raise_error",
    "trigger_gc",
    "disturb",
    "take_descriptors",
    "shift_clock",
    "signal",
];

fn method() -> impl Strategy<Value = String> {
    prop_oneof![4 => proptest::sample::select(&METHODS[..]).prop_map(str::to_owned), 1 => ".{0,12}"]
}

/// Numbers of every kind, and texts that are times, sizes, signals, or nearly so.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Nil),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-3..100_i64).prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        // Among them NaN, both infinities and both zeros.
        proptest::num::f64::ANY.prop_map(Value::from),
        (0.0..10.0).prop_map(Value::from),
        "-?[0-9]{0,4}(\\.[0-9]{1,3})?(e30[0-9])? ?(ms|s|m|min|h|MiB|GiB|MB)?".prop_map(Value::from),
        "(SIG)?(TERM|KILL|STOP|TSTP|CONT|USR1|HUP|NONE)".prop_map(|name| Symbol::from(name).into()),
        ".{0,9}".prop_map(Value::from),
        ".{0,9}".prop_map(|message| Exception { class: "E".into(), message, backtrace: None }.into()),
    ];
    leaf.prop_recursive(2, 8, 4, |inner| vec(inner, 0..4).prop_map(Value::Array))
}

fn key() -> impl Strategy<Value = Value> {
    let name = "duration|hold_duration|size_mb|signal|message|times|lease|effect|calls|errno|share|rate|leave|by|drift|[a-z]{0,4}";
    prop_oneof![
        4 => name.prop_map(|name| Symbol::from(name).into()),
        1 => name.prop_map(Value::from),
        1 => value(),
    ]
}

fn options() -> impl Strategy<Value = Value> {
    prop_oneof![9 => vec((key(), value()), 0..5).prop_map(Value::Map), 1 => value()]
}

/// Arguments that a method of ours understands.
fn possible_options() -> impl Strategy<Value = Value> {
    let calls = "(read|write|open|\\*)(,accept)?";
    let known = (
        "[1-9][0-9]?s?|[1-9][0-9]{0,2}ms",
        0..100_u32,
        "TERM|KILL|CONT|USR1",
        calls,
        "-?[1-9]h",
        "EIO|5|enospc",
    );
    known.prop_map(|(time, size, signal, calls, shift, errno)| {
        let texts = [("duration", &time), ("hold_duration", &time), ("signal", &signal)];
        let more = [("calls", &calls), ("by", &shift), ("errno", &errno)];
        let texts = texts.into_iter().chain(more).map(|(key, text)| (key, Value::from(text.as_str())));
        Value::map(texts.chain([("size_mb", Value::from(size)), ("leave", Value::from(size))]))
    })
}

/// The times, numbers and words of them that a method of ours takes.
fn taken_by(method: &str) -> &'static [&'static str] {
    match method {
        "delay" | "freeze" | "cpu_spin" => &["duration"],
        "allocate_memory" => &["hold_duration", "size_mb"],
        "raise_error" => &["errno"],
        "disturb" => &["duration", "calls", "errno"],
        "take_descriptors" => &["duration", "leave"],
        "shift_clock" => &["duration", "by"],
        "signal" => &["signal"],
        _ => &[],
    }
}

fn lease() -> impl Strategy<Value = Option<Duration>> {
    option::of(prop_oneof![
        (0..7200_u64).prop_map(Duration::from_secs),
        Just(Duration::MAX),
        any::<u64>().prop_map(Duration::from_nanos),
    ])
}

proptest! {
    #[test]
    fn every_effect_that_is_planned_has_a_lease_and_every_other_a_reason(
        method in method(), arguments in vec(value(), 0..3), options in options(), lease in lease()
    ) {
        match plan(method.clone(), arguments, options, lease) {
            Ok(effect) => {
                prop_assert!(effect.lease <= LONGEST, "{:?}", effect.lease);
                for option in ["lease", "effect"] {
                    prop_assert_eq!(effect.option(option), None, "{} is the host's to give", option);
                }
                let (signal, inverse) = (method == "signal", effect.inverse);
                prop_assert_eq!(signal, inverse != crate::effect::Inverse::End, "nothing else cannot be ended");
            }
            Err(refusal) => {
                prop_assert!(matches!(refusal.rule, Rule::Arguments | Rule::NoUndo));
                prop_assert!(!refusal.reason.is_empty() && !refusal.reason.contains(" inf"), "{}", refusal.reason);
            }
        }
    }

    #[test]
    fn what_is_possible_is_planned_in_seconds_and_mebibytes(
        method in proptest::sample::select(&METHODS[..]), options in possible_options()
    ) {
        let plan = |options, lease| plan(method.to_owned(), Vec::new(), options, lease).unwrap();
        let Value::Map(mut options) = options else { unreachable!("possible options are a map") };
        options.retain(|(key, _)| key.as_str().is_some_and(|key| taken_by(method).contains(&key)));
        let options = Value::Map(options);
        let effect = plan(options, None);
        // As a replay asks for it, of what was written down.
        let again = plan(effect.options.clone(), Some(effect.lease));
        prop_assert_eq!(&again.options, &effect.options);
        let number = |option| effect.option(option).and_then(Value::as_f64).is_some_and(|n| n.is_finite() && n >= 0.0);
        match method {
            "disturb" => {
                let errno = effect.option("errno").and_then(Value::as_str).unwrap();
                prop_assert!(matches!(errno, "EIO" | "ENOSPC"), "{}", errno);
                let calls = effect.option("calls").and_then(Value::as_array).unwrap();
                prop_assert!(calls.iter().all(|call| !call.as_str().unwrap().contains(',')), "{:?}", calls);
            }
            "shift_clock" => {
                let by = effect.option("by").and_then(Value::as_f64).unwrap();
                prop_assert!((3600.0..=32_400.0).contains(&by.abs()), "{}", by);
            }
            "delay" | "freeze" | "cpu_spin" | "allocate_memory" | "take_descriptors" => {
                prop_assert!(taken_by(method).iter().copied().all(number), "{:?}", effect.options);
            }
            _ => {}
        }
    }

    #[test]
    fn a_gate_that_is_not_wide_open_lets_nothing_through(
        declared in option::of(vec(method(), 0..3)),
        method in method(),
        options in prop_oneof![options(), possible_options()],
        keeps_leases: bool,
    ) {
        let victim = Roster::default().add(Candidate { methods: declared.as_ref().map(|declared| declared.iter().collect()), ..candidate_of("web", keeps_leases) });
        let planned = plan(method.clone(), Vec::new(), options, None);
        let offered = declared.as_ref().is_none_or(|declared| method == "signal" || declared.contains(&method));
        // What a method cannot do without is asked of those alone who declare it, and mean by it what the protocol does.
        let means_ours = keeps_leases && declared.is_some();
        let is_whole = planned.as_ref().is_ok_and(|effect| !means_ours || declared::check(effect, victim.kind()).is_ok());
        for [paused, stopping, dry_run, selected, leaving, silent, here] in every_state() {
            let nobody = Refusal::new(Rule::NoVictim, "there is no victim 7");
            let victim = if here { Ok(&*victim) } else { Err(&nobody) };
            let state = State { paused, stopping, dry_run, selected, leaving, silent: silent.then_some(Duration::MAX) };
            let answers = !silent || method == "signal";
            let open = here && selected && !leaving && answers && is_whole && offered && !paused && !stopping;
            match rule(state, victim, planned.as_ref()) {
                Ruling::Strike => prop_assert!(open && !dry_run),
                Ruling::DryRun => prop_assert!(open && dry_run),
                Ruling::Refused(refusal) => {
                    prop_assert!(!open, "{}", refusal);
                    prop_assert!(refusal.reason.len() > 10, "{}", refusal);
                    prop_assert_eq!(refusal.rule == Rule::Stopping, stopping, "who stops says so first");
                }
            }
        }
    }
}

/// Each of seven that is so, and is not so.
fn every_state() -> impl Iterator<Item = [bool; 7]> {
    (0..128).map(|bits| [1, 2, 4, 8, 16, 32, 64].map(|bit| bits & bit > 0))
}

/// What each method asks for, and what is to be seen of it.
const AMOUNTS: [(&str, &str, &str); 7] = [
    ("delay", "duration", "seconds_held"),
    ("freeze", "duration", "seconds_held"),
    ("disturb", "times", "hits"),
    ("take_descriptors", "duration", "seconds_held"),
    ("cpu_spin", "duration", "cpu_seconds"),
    ("allocate_memory", "size_mb", "resident_mb"),
    ("raise_error", "times", "hits"),
];

fn amount() -> impl Strategy<Value = (&'static str, &'static str, &'static str)> {
    proptest::sample::select(&AMOUNTS[..])
}

/// The verdict where so much was asked for and this was seen; of memory that it was held as long as it should be.
fn verdict(
    (method, option, figure): (&str, &'static str, &str),
    asked: f64,
    seen: impl Into<Value>,
) -> Verdict {
    let seen =
        [(figure, seen.into()), ("seconds_held", 1.0.into()), ("taken", 1.0.into()), ("left", 0.0.into())];
    let observed = Value::map(seen);
    let Value::Map(entries) = observed else { unreachable!() };
    // The figure itself comes first, also where it is the seconds.
    Verdict::of(&effect(method, [(option, asked), ("hold_duration", 1.0)]), Some(&Value::Map(entries)))
}

proptest! {
    #[test]
    fn what_is_no_amount_is_never_effective(amount in amount(), asked in 0.001..1e6, seen in value()) {
        let number = seen.as_f64().filter(|seen| seen.is_finite() && *seen > 0.0);
        if number.is_none() {
            let verdict = verdict(amount, asked, seen.clone());
            prop_assert!(matches!(verdict, Verdict::None | Verdict::Unknown), "{:?} of {}: {}", seen, asked, verdict);
        }
        let effect = effect(amount.0, [(amount.1, asked)]);
        prop_assert_eq!(Verdict::of(&effect, None), Verdict::Unknown);
        prop_assert_eq!(Verdict::of(&effect, Some(&Value::map([("else", 1)]))), Verdict::Unknown);
    }

    #[test]
    fn collectors_that_freed_nothing_did_nothing(hooks in value(), freed in value()) {
        let some = |value: &Value| value.as_f64().is_some_and(|amount| amount.is_finite() && amount > 0.0);
        let observed = Value::map([("hooks", hooks.clone()), ("freed_mb", freed.clone())]);
        let verdict = Verdict::of(&effect::<f64>("trigger_gc", []), Some(&observed));
        prop_assert_eq!(verdict == Verdict::Effective, some(&hooks) || some(&freed));
    }

    #[test]
    fn who_has_seen_more_is_judged_no_worse(amount in amount(), asked in 0.0..1e6, one in 0.0..2e6, other in 0.0..2e6) {
        let rank = |seen: f64| match verdict(amount, asked, seen) {
            Verdict::None => 0,
            Verdict::Partial => 1,
            Verdict::Effective => 2,
            Verdict::Unknown => panic!("{seen} is an amount"),
        };
        prop_assert!(rank(f64::min(one, other)) <= rank(f64::max(one, other)));
        prop_assert_eq!(rank(asked), 2, "all of it is enough");
    }

    #[test]
    fn an_answer_of_any_kind_has_a_verdict(method in method(), options in options(), observed in options()) {
        if let Ok(effect) = plan(method.clone(), Vec::new(), options, None) {
            Verdict::of(&effect, Some(&observed));
        }
    }
}
