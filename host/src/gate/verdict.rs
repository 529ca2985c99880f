//! What an effect came to: asked against observed.

use crate::effect::{Effect, Inverse};
use chaos_kitty_bus::Value;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The verdict on an effect, from what was observed, never from what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// At least nine tenths of what was asked were observed.
    Effective,
    /// Less than that, and more than nothing.
    Partial,
    /// Nothing.
    None,
    /// The victim cannot say.
    Unknown,
}

/// From which share of what was asked an effect counts as effective. A delay begins when the victim next meets a fault
/// point, so a little less than all of it is the rule.
const EFFECTIVE: f64 = 0.9;

impl Verdict {
    /// Judges an effect by what was observed.
    pub fn of(effect: &Effect, observed: Option<&Value>) -> Self {
        let Some(observed) = observed else { return Self::Unknown };
        // What is no amount of anything was not observed.
        let amount = |seen: &f64| seen.is_finite() && *seen >= 0.0;
        let seen = |key: &str| observed.get(key).and_then(Value::as_f64).filter(amount);
        let asked = |key: &str, default: f64| effect.option(key).and_then(Value::as_f64).unwrap_or(default);
        match effect.method.as_str() {
            "delay" | "freeze" => {
                let verdict = Self::of_share(seen("seconds_held"), asked("duration", 0.0));
                // Somebody who should have been stopped went on.
                if seen("missed").is_some_and(|missed| missed > 0.0) {
                    verdict.or_worse(Self::Partial)
                } else {
                    verdict
                }
            }
            "cpu_spin" => Self::of_share(seen("cpu_seconds"), asked("duration", 0.0) * asked("cpus", 1.0)),
            // As much as was asked, for as long as was asked: the worse of the two.
            "allocate_memory" => Self::of_share(seen("resident_mb"), asked("size_mb", 0.0))
                .or_worse(Self::of_share(seen("seconds_held"), asked("hold_duration", 0.0))),
            "raise_error" => Self::of_share(seen("hits"), asked("times", 1.0)),
            // Without a number of times, one is what was asked for.
            "disturb" => match asked("times", 0.0) {
                times if times > 0.0 => Self::of_share(seen("hits"), times),
                _ => Self::of_any(seen("hits")),
            },
            // Nobody did it where there was nothing to be taken.
            "take_descriptors" => {
                let held = Self::of_share(seen("seconds_held"), asked("duration", 0.0));
                let left = match seen("left") {
                    None => Self::Unknown,
                    Some(left) if left > asked("leave", 0.0) => Self::Partial,
                    Some(_) => Self::Effective,
                };
                held.or_worse(left).or_worse(Self::of_any(seen("taken")))
            }
            // A clock that nobody read was right for everybody. How long it was wrong its victim may say.
            "shift_clock" => match seen("seconds_held") {
                None => Self::of_any(seen("hits")),
                held => Self::of_any(seen("hits")).or_worse(Self::of_share(held, asked("duration", 0.0))),
            },
            "trigger_gc" => match (seen("hooks"), seen("freed_mb")) {
                (None, None) => Self::of_fate(observed, effect.inverse),
                (hooks, freed) if hooks.unwrap_or_default() > 0.0 || freed.unwrap_or_default() > 0.0 => {
                    Self::Effective
                }
                _ => Self::None,
            },
            "signal" => Self::of_fate(observed, effect.inverse),
            _ => match observed.get("verdict").and_then(Value::as_str) {
                Some("effective") => Self::Effective,
                Some("partial") => Self::Partial,
                Some("none") => Self::None,
                _ => Self::of_fate(observed, effect.inverse),
            },
        }
    }

    /// What became of a signal: one that was the strike, or that a method means to a wrapped program.
    fn of_fate(observed: &Value, inverse: Inverse) -> Self {
        match observed.get("fate").and_then(Value::as_str) {
            Some("exited" | "caught") => Self::Effective,
            // It should have ended the process, and has not.
            Some("accepted") if inverse == Inverse::Irreversible => Self::Unknown,
            Some("accepted") => Self::Effective,
            Some("blocked") => Self::Partial,
            Some(_) => Self::None,
            None => Self::Unknown,
        }
    }

    /// Whether the effect did anything that we know of.
    pub fn is_done(self) -> bool {
        self != Self::None
    }

    fn or_worse(self, other: Self) -> Self {
        match (self, other) {
            (Self::None, _) | (_, Self::None) => Self::None,
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::Partial, _) | (_, Self::Partial) => Self::Partial,
            (Self::Effective, Self::Effective) => Self::Effective,
        }
    }

    /// Of what is there or not.
    fn of_any(seen: Option<f64>) -> Self {
        match seen {
            None => Self::Unknown,
            Some(seen) if seen > 0.0 => Self::Effective,
            Some(_) => Self::None,
        }
    }

    fn of_share(seen: Option<f64>, asked: f64) -> Self {
        match seen {
            None => Self::Unknown,
            Some(_) if asked <= 0.0 => Self::Effective,
            Some(seen) if seen <= 0.0 => Self::None,
            Some(seen) if seen >= asked * EFFECTIVE => Self::Effective,
            Some(_) => Self::Partial,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Effective => "effective",
            Self::Partial => "partial",
            Self::None => "none",
            Self::Unknown => "unknown",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effect::tests::effect;

    fn verdict(method: &str, options: &[(&'static str, f64)], observed: &[(&str, f64)]) -> Verdict {
        let options = options.iter().map(|(key, value)| (*key, *value));
        let observed = Value::map(observed.iter().map(|(key, value)| (*key, *value)));
        Verdict::of(&effect(method, options), Some(&observed))
    }

    #[test]
    fn what_was_observed_decides() {
        let delay = |held| verdict("delay", &[("duration", 0.5)], &[("seconds_held", held)]);
        assert_eq!(delay(0.501), Verdict::Effective);
        assert_eq!(delay(0.46), Verdict::Effective);
        assert_eq!(delay(0.2), Verdict::Partial);
        assert_eq!(delay(0.0), Verdict::None);
        let missing = |held, missed| {
            verdict("delay", &[("duration", 0.5)], &[("seconds_held", held), ("missed", missed)])
        };
        assert_eq!((missing(0.5, 2.0), missing(0.5, 0.0)), (Verdict::Partial, Verdict::Effective));
        assert_eq!(missing(0.0, 2.0), Verdict::None);
        let memory = |held| {
            let asked = [("size_mb", 10.0), ("hold_duration", 2.0)];
            verdict("allocate_memory", &asked, &[("resident_mb", 10.0), ("seconds_held", held)])
        };
        assert_eq!((memory(2.0), memory(0.5)), (Verdict::Effective, Verdict::Partial));
        assert_eq!(verdict("raise_error", &[], &[("hits", 1.0)]), Verdict::Effective);
        assert_eq!(verdict("raise_error", &[("times", 3.0)], &[("hits", 1.0)]), Verdict::Partial);
        assert_eq!(verdict("raise_error", &[], &[("hits", 0.0)]), Verdict::None);
        assert_eq!(verdict("trigger_gc", &[], &[("hooks", 0.0), ("freed_mb", 0.0)]), Verdict::None);
        assert_eq!(verdict("trigger_gc", &[], &[("hooks", 2.0)]), Verdict::Effective);
    }

    #[test]
    fn what_is_disturbed_taken_or_shifted_is_judged_by_what_it_met() {
        let frozen = |seen: &[_]| verdict("freeze", &[("duration", 0.5)], seen);
        assert_eq!(frozen(&[("seconds_held", 0.5)]), Verdict::Effective);
        assert_eq!(frozen(&[("seconds_held", 0.5), ("missed", 1.0)]), Verdict::Partial);
        assert_eq!(frozen(&[("seconds_held", 0.0)]), Verdict::None);

        let disturbed = |asked: &[_], hits| verdict("disturb", asked, &[("calls", 30.0), ("hits", hits)]);
        let by_times = [0.0, 1.0, 9.0, 10.0].map(|hits| disturbed(&[("times", 10.0)], hits));
        use Verdict::{Effective, None, Partial, Unknown};
        assert_eq!(by_times, [None, Partial, Effective, Effective]);
        assert_eq!((disturbed(&[], 1.0), disturbed(&[], 0.0)), (Effective, None));
        assert_eq!(verdict("disturb", &[], &[("calls", 3.0)]), Unknown);

        let taken = |taken, left, held| {
            let asked = [("leave", 4.0), ("duration", 1.0)];
            verdict("take_descriptors", &asked, &[("taken", taken), ("left", left), ("seconds_held", held)])
        };
        assert_eq!((taken(9.0, 4.0, 1.0), taken(9.0, 3.0, 0.95)), (Effective, Effective));
        assert_eq!((taken(9.0, 5.0, 1.0), taken(9.0, 4.0, 0.5)), (Partial, Partial));
        assert_eq!((taken(0.0, 4.0, 1.0), taken(9.0, 4.0, 0.0)), (None, None));

        let shifted = |seen: &[_]| verdict("shift_clock", &[("by", -60.0), ("duration", 1.0)], seen);
        assert_eq!(shifted(&[("hits", 3.0), ("seconds_shifted", -60.0)]), Effective);
        assert_eq!(shifted(&[("hits", 3.0), ("seconds_held", 0.5)]), Partial);
        assert_eq!(shifted(&[("hits", 0.0), ("seconds_held", 1.0)]), None);
        assert_eq!(shifted(&[("seconds_shifted", -60.0)]), Unknown);
    }

    #[test]
    fn an_answer_without_an_observation_is_no_success() {
        assert_eq!(Verdict::of(&effect("delay", [("duration", 1.0)]), None), Verdict::Unknown);
        assert_eq!(verdict("delay", &[("duration", 1.0)], &[]), Verdict::Unknown);
        assert_eq!(verdict("flush", &[], &[("rows", 3.0)]), Verdict::Unknown);
    }

    #[test]
    fn a_signal_that_was_ignored_did_nothing() {
        let fate = |fate| {
            Verdict::of(&effect::<f64>("signal", []), Some(&Value::map([("fate", Value::from(fate))])))
        };
        assert_eq!(fate("exited"), Verdict::Effective);
        assert_eq!(fate("ignored"), Verdict::None);
        assert_eq!(fate("gone"), Verdict::None);
        assert_eq!(fate("blocked"), Verdict::Partial);
        for method in ["trigger_gc", "reload"] {
            let fate = |fate| {
                Verdict::of(&effect::<f64>(method, []), Some(&Value::map([("fate", Value::from(fate))])))
            };
            assert_eq!((fate("caught"), fate("ignored")), (Verdict::Effective, Verdict::None), "{method}");
        }
    }
}
