//! What is to be done to a victim.

use super::refusal::{Refusal, Rule};
use super::signal;
use crate::units;
use chaos_kitty_bus::Value;
use serde::Serialize;
use std::time::Duration;

/// An effect: open data, so that a victim's own methods are effects like any other.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Effect {
    /// The victim's method: `delay`, `signal`, or one of its own.
    pub method: String,
    /// Positional arguments; the methods of ours take none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<Value>,
    /// Named arguments: a map with Symbol keys.
    pub options: Value,
    /// For how long at most, in seconds: who carries it out ends it then, without being told.
    #[serde(rename = "lease_seconds", serialize_with = "as_seconds")]
    pub lease: Duration,
    /// How it is put back.
    pub inverse: Inverse,
}

/// How an effect is put back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Inverse {
    /// Who carries it out ends it: on its deadline, when told to, and when the connection is lost.
    End,
    /// It does not last.
    Nothing,
    /// By nobody: the signal may end the process.
    Irreversible,
}

/// The longest lease that is granted.
const LONGEST: Duration = Duration::from_secs(3600);
/// For how long an armed error waits for a fault point.
const ARMED: Duration = Duration::from_secs(10);
/// What memory may take to become resident: this, and a second for so many MiB, on a machine that is busy.
const TO_FILL: Duration = Duration::from_secs(2);
const FILLED: f64 = 200.0;
/// What a method gets that says nothing about time.
const OTHERWISE: Duration = Duration::from_secs(30);

impl Effect {
    /// Plans an effect from what was asked: units become seconds and MiB, and the lease is set.
    ///
    /// # Errors
    /// An argument that is impossible, or an effect that nobody could put back.
    pub fn plan(
        method: &str,
        arguments: Vec<Value>,
        options: Value,
        lease: Option<Duration>,
    ) -> Result<Self, Refusal> {
        let mut effect =
            Self { method: method.to_owned(), arguments, options, lease: OTHERWISE, inverse: Inverse::End };
        let wrong = |option: &str, must: String| {
            Refusal::new(Rule::Arguments, format!("`{option}` of {method} must be {must}"))
        };
        for option in ["effect", "lease"] {
            if effect.option(option).is_some() {
                let reason =
                    format!("`{option}` is the host's to give, not {method}'s: --lease sets a lease");
                return Err(Refusal::new(Rule::Arguments, reason));
            }
        }
        // Units are for the methods that we know: what an application's own method means by `duration` is its own.
        if matches!(method, "delay" | "cpu_spin" | "allocate_memory") {
            for option in ["duration", "hold_duration"] {
                effect.normalise(option, units::seconds).map_err(|must| wrong(option, must))?;
            }
            effect.normalise("size_mb", units::mebibytes).map_err(|must| wrong("size_mb", must))?;
        }
        let seconds = |option: &str| effect.option(option).and_then(Value::as_f64);
        let natural = match method {
            "delay" => seconds("duration"),
            // Holding begins once every page is resident, which takes its time too.
            "allocate_memory" => {
                let filling = TO_FILL.as_secs_f64() + seconds("size_mb").unwrap_or(0.0) / FILLED;
                Some(seconds("hold_duration").unwrap_or(0.0) + filling)
            }
            // A busy machine gives less than a core: up to three times as long is granted to burn what was asked.
            "cpu_spin" => seconds("duration").map(|seconds| seconds * 3.0 + 1.0),
            "raise_error" => Some(ARMED.as_secs_f64()),
            _ => None,
        };
        if let Some(natural) = natural.or_else(|| seconds("duration")) {
            effect.lease = Duration::try_from_secs_f64(natural).unwrap_or(Duration::MAX);
        }
        if let Some(lease) = lease {
            effect.lease = lease;
        }
        if effect.lease > LONGEST {
            let (asked, most) = (effect.lease.as_secs_f64(), LONGEST.as_secs());
            let reason =
                format!("{method} for {asked} seconds is more than the longest lease, {most} seconds");
            return Err(Refusal::new(Rule::Arguments, reason));
        }
        if method == "signal" {
            effect.plan_signal()?;
        }
        Ok(effect)
    }

    /// A named argument.
    pub fn option(&self, key: &str) -> Option<&Value> {
        self.options.get(key)
    }

    fn plan_signal(&mut self) -> Result<(), Refusal> {
        let asked = self.option("signal").cloned().unwrap_or(Value::Nil);
        let signal = signal::parse(&asked)
            .map_err(|must| Refusal::new(Rule::Arguments, format!("`signal` of signal must be {must}")))?;
        if signal::stops(signal) {
            let reason = format!(
                "{signal} stops a process, and this version has no guard that would continue it: use delay, or a \
                 signal that does not stop"
            );
            return Err(Refusal::new(Rule::NoUndo, reason));
        }
        self.lease = Duration::ZERO;
        self.inverse = if signal::is_irreversible(signal) { Inverse::Irreversible } else { Inverse::Nothing };
        Ok(())
    }

    fn normalise(&mut self, option: &str, read: fn(&Value) -> Result<Value, String>) -> Result<(), String> {
        if let Value::Map(entries) = &mut self.options {
            for (key, value) in entries {
                if key.as_str() == Some(option) {
                    *value = read(value)?;
                }
            }
        }
        Ok(())
    }
}

fn as_seconds<S: serde::Serializer>(lease: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(lease.as_secs_f64())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn effect<V: Into<Value>>(
        method: &str,
        options: impl IntoIterator<Item = (&'static str, V)>,
    ) -> Effect {
        Effect {
            method: method.to_owned(),
            arguments: Vec::new(),
            options: Value::map(options),
            lease: Duration::from_secs(1),
            inverse: Inverse::End,
        }
    }

    fn plan<V: Into<Value>>(
        method: &str,
        options: impl IntoIterator<Item = (&'static str, V)>,
    ) -> Result<Effect, Refusal> {
        Effect::plan(method, Vec::new(), Value::map(options), None)
    }

    #[test]
    fn every_effect_has_a_lease() {
        let lease = |effect: Result<Effect, Refusal>| effect.unwrap().lease.as_secs_f64();
        assert_eq!(lease(plan("delay", [("duration", "500ms")])), 0.5);
        assert_eq!(lease(plan("allocate_memory", [("size_mb", 10), ("hold_duration", 2)])), 4.05);
        assert_eq!(lease(plan("cpu_spin", [("duration", 1.0)])), 4.0);
        assert_eq!(lease(plan("raise_error", [("message", "boo")])), 10.0);
        assert_eq!(lease(plan("flush", [("table", "orders")])), 30.0);
    }

    #[test]
    fn units_arrive_as_numbers() {
        let effect = plan("allocate_memory", [("size_mb", "1GiB"), ("hold_duration", "2s")]).unwrap();
        assert_eq!(effect.option("size_mb"), Some(&Value::Float(1024.0)));
        assert_eq!(effect.option("hold_duration"), Some(&Value::Int(2)));
        let own = plan("flush", [("duration", "soon")]).unwrap();
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
            ("delay", "duration", "2h"),
            ("delay", "duration", "soon"),
            ("allocate_memory", "size_mb", "much"),
            ("signal", "signal", "TREM"),
            ("flush", "lease", "86400"),
            ("flush", "effect", "7"),
        ] {
            let refusal = plan(method, [(option, value)]).unwrap_err();
            assert_eq!(refusal.rule, Rule::Arguments, "{method} {value}: {refusal}");
        }
    }

    #[test]
    fn what_stops_a_process_is_refused_and_what_ends_one_is_marked() {
        for stop in ["STOP", "TSTP", "SIGTTIN", "22"] {
            assert_eq!(plan("signal", [("signal", stop)]).unwrap_err().rule, Rule::NoUndo, "{stop}");
        }
        assert_eq!(plan("signal", [("signal", "TERM")]).unwrap().inverse, Inverse::Irreversible);
        assert_eq!(plan("signal", [("signal", "CONT")]).unwrap().inverse, Inverse::Nothing);
    }
}
