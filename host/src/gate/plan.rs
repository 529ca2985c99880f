//! From a wish to an effect: arguments become numbers, and the lease is set.

use super::arguments;
use super::refusal::{Refusal, Rule};
use crate::effect::{Effect, Inverse};
use crate::{signal, units};
use chaos_kitty_bus::Value;
use std::time::Duration;

/// The longest lease that is granted.
const LONGEST: Duration = Duration::from_secs(3600);
/// For how long an armed error waits for a fault point.
const ARMED: Duration = Duration::from_secs(10);
/// What it may take until all processes of a program are stopped, in seconds, on a machine that is busy.
const TO_STOP: f64 = 1.0;
/// What memory may take to become resident: this, and a second for so many MiB, on a machine that is busy.
const TO_FILL: Duration = Duration::from_secs(2);
const FILLED: f64 = 200.0;
/// What a method gets that says nothing about time.
const OTHERWISE: Duration = Duration::from_secs(30);

/// Plans an effect from what was asked: units become seconds and MiB, and the lease is set.
///
/// # Errors
/// An argument that is impossible, or an effect that nobody could put back.
pub(super) fn plan(
    method: String,
    arguments: Vec<Value>,
    options: Value,
    lease: Option<Duration>,
) -> Result<Effect, Refusal> {
    let mut effect = Effect { method, arguments, options, lease: OTHERWISE, inverse: Inverse::End };
    for option in ["effect", "lease"] {
        if effect.option(option).is_some() {
            let method = &effect.method;
            let reason = format!("`{option}` is the host's to give, not {method}'s: --lease sets a lease");
            return Err(Refusal::new(Rule::Arguments, reason));
        }
    }
    arguments::read(&mut effect)?;
    let Effect { method, options, lease: granted, .. } = &mut effect;
    let seconds = |option: &str| options.get(option).and_then(Value::as_f64);
    let natural = match method.as_str() {
        // Beside a program it counts from when all of it is stopped. The longest is granted all the same.
        "delay" | "freeze" => {
            seconds("duration").map(|seconds| (seconds + TO_STOP).min(LONGEST.as_secs_f64()).max(seconds))
        }
        "disturb" | "shift_clock" => Some(seconds("duration").unwrap_or(OTHERWISE.as_secs_f64())),
        // There may be a million of them, each a call of the kernel's.
        "take_descriptors" => seconds("duration").map(|seconds| seconds + TO_FILL.as_secs_f64()),
        // Holding begins once every page is resident, which takes its time too.
        "allocate_memory" => {
            let filling = TO_FILL.as_secs_f64() + seconds("size_mb").unwrap_or(0.0) / FILLED;
            Some(seconds("hold_duration").unwrap_or(0.0) + filling)
        }
        // A busy machine gives less than a core: up to five times as long is granted to burn what was asked.
        "cpu_spin" => seconds("duration").map(|seconds| seconds * 5.0 + 2.0),
        "raise_error" => Some(ARMED.as_secs_f64()),
        // It may mean what it means elsewhere.
        _ => seconds("duration").filter(|seconds| *seconds > 0.0 && *seconds <= LONGEST.as_secs_f64()),
    };
    if let Some(natural) = natural {
        *granted = Duration::try_from_secs_f64(natural).unwrap_or(Duration::MAX);
    }
    if let Some(lease) = lease {
        *granted = lease;
    }
    if granted.is_zero() && method != "signal" {
        let reason = format!("{method} would be over at once: a lease is a time above 0");
        return Err(Refusal::new(Rule::Arguments, reason));
    }
    if *granted > LONGEST {
        let (asked, most) = (units::shown(granted.as_secs_f64()), units::shown(LONGEST.as_secs_f64()));
        let reason =
            format!("{method} would need a lease of {asked}, and the longest is {most}: ask for less");
        return Err(Refusal::new(Rule::Arguments, reason));
    }
    if method == "signal" {
        plan_signal(&mut effect)?;
    }
    Ok(effect)
}

fn plan_signal(effect: &mut Effect) -> Result<(), Refusal> {
    let Some(asked) = effect.option("signal").cloned() else {
        let reason = "`signal` of signal is missing: say which is to be sent, such as signal=TERM";
        return Err(Refusal::new(Rule::Arguments, reason));
    };
    let signal = signal::parse(&asked)
        .map_err(|must| Refusal::new(Rule::Arguments, format!("`signal` of signal must be {must}")))?;
    if signal::stops(signal) {
        let reason = format!(
            "{signal} stops a process, and nobody would continue it: use delay, which stops a wrapped program and \
             continues it, or a signal that does not stop"
        );
        return Err(Refusal::new(Rule::NoUndo, reason));
    }
    effect.lease = Duration::ZERO;
    effect.inverse = if signal::is_irreversible(signal) { Inverse::Irreversible } else { Inverse::Nothing };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned<V: Into<Value>>(
        method: &str,
        options: impl IntoIterator<Item = (&'static str, V)>,
    ) -> Result<Effect, Refusal> {
        plan(method.to_owned(), Vec::new(), Value::map(options), None)
    }

    #[test]
    fn every_effect_has_a_lease() {
        let lease = |effect: Result<Effect, Refusal>| effect.unwrap().lease.as_secs_f64();
        assert_eq!(lease(planned("delay", [("duration", "500ms")])), 1.5);
        assert_eq!(lease(planned("delay", [("duration", "1h")])), 3600.0);
        assert_eq!(lease(planned("allocate_memory", [("size_mb", 10), ("hold_duration", 2)])), 4.05);
        assert_eq!(lease(planned("cpu_spin", [("duration", 1.0)])), 7.0);
        assert_eq!(lease(planned("freeze", [("duration", "2s")])), 3.0);
        assert_eq!(lease(planned("take_descriptors", [("leave", 3), ("duration", 1)])), 3.0);
        assert_eq!(lease(planned("shift_clock", [("by", "-1h"), ("duration", "5s")])), 5.0);
        assert_eq!(lease(planned("disturb", [("calls", "read"), ("errno", "EIO")])), 30.0);
        assert_eq!(lease(planned("raise_error", [("message", "boo")])), 10.0);
        assert_eq!(lease(planned("flush", [("table", "orders")])), 30.0);
        assert_eq!(lease(planned("flush", [("duration", 7)])), 7.0);
        assert_eq!(lease(planned("flush", [("duration", -7)])), 30.0);
        assert_eq!(lease(planned("flush", [("duration", 0)])), 30.0);
    }

    #[test]
    fn units_arrive_as_numbers() {
        let effect = planned("allocate_memory", [("size_mb", "1GiB"), ("hold_duration", "2s")]).unwrap();
        assert_eq!(effect.option("size_mb"), Some(&Value::Float(1024.0)));
        assert_eq!(effect.option("hold_duration"), Some(&Value::Int(2)));
        let own = planned("flush", [("duration", "soon")]).unwrap();
        assert_eq!(
            own.option("duration"),
            Some(&Value::from("soon")),
            "an application's own words stay as they are"
        );
    }

    #[test]
    fn impossible_arguments_are_refused() {
        for (method, option, value) in [
            ("delay", "duration", "-1"),
            ("delay", "duration", "0"),
            ("signal", "name", "TERM"),
            ("delay", "duration", "2h"),
            ("delay", "duration", "soon"),
            ("freeze", "duration", "2h"),
            ("disturb", "calls", "raed"),
            ("raise_error", "errno", "EOI"),
            ("take_descriptors", "leave", "some"),
            ("shift_clock", "by", "11y"),
            ("allocate_memory", "size_mb", "much"),
            ("signal", "signal", "TREM"),
            ("flush", "lease", "86400"),
            ("flush", "effect", "7"),
        ] {
            let refusal = planned(method, [(option, value)]).unwrap_err();
            assert_eq!(refusal.rule, Rule::Arguments, "{method} {value}: {refusal}");
        }
    }

    #[test]
    fn what_stops_a_process_is_refused_and_what_ends_one_is_marked() {
        for stop in ["STOP", "TSTP", "SIGTTIN", "22"] {
            assert_eq!(planned("signal", [("signal", stop)]).unwrap_err().rule, Rule::NoUndo, "{stop}");
        }
        assert_eq!(planned("signal", [("signal", "TERM")]).unwrap().inverse, Inverse::Irreversible);
        assert_eq!(planned("signal", [("signal", "CONT")]).unwrap().inverse, Inverse::Nothing);
    }
}
