//! What is to be done to a victim.

use chaos_kitty_bus::Value;
use serde::{Deserialize, Deserializer, Serialize};
use std::time::Duration;

/// An effect: open data, so that a victim's own methods are effects like any other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// The victim's method: `delay`, `signal`, or one of its own.
    pub method: String,
    /// Positional arguments; the methods of ours take none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<Value>,
    /// Named arguments: a map with Symbol keys.
    pub options: Value,
    /// For how long at most, in seconds: who carries it out ends it then, without being told.
    #[serde(rename = "lease_seconds", serialize_with = "as_seconds", deserialize_with = "from_seconds")]
    pub lease: Duration,
    /// How it is put back.
    pub inverse: Inverse,
}

/// How an effect is put back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Inverse {
    /// Who carries it out ends it: on its deadline, when told to, and when the connection is lost.
    End,
    /// It does not last.
    Nothing,
    /// By nobody: the signal may end the process.
    Irreversible,
}

/// The methods whose figures the protocol defines, and the option of each that says for how long. What others mean by the
/// same words is theirs.
const MEASURED: [(&str, Option<&str>); 9] = [
    ("delay", Some("duration")),
    ("freeze", Some("duration")),
    ("raise_error", None),
    ("allocate_memory", Some("hold_duration")),
    ("cpu_spin", Some("duration")),
    ("trigger_gc", None),
    ("disturb", Some("duration")),
    ("take_descriptors", Some("duration")),
    ("shift_clock", Some("duration")),
];

impl Effect {
    /// Whether the protocol says what is observed of it.
    pub fn is_measured(&self) -> bool {
        MEASURED.iter().any(|(method, _)| *method == self.method)
    }

    /// Whether it harms. What a victim's own methods do is its author's to know.
    pub fn is_chaos(method: &str) -> bool {
        method == "signal" || MEASURED.iter().any(|(measured, _)| *measured == method)
    }

    /// The option that says for how long, where the protocol says so.
    pub(crate) fn time_option(method: &str) -> Option<&'static str> {
        MEASURED.iter().find(|(measured, _)| *measured == method).and_then(|(_, option)| *option)
    }

    /// A named argument.
    pub fn option(&self, key: &str) -> Option<&Value> {
        self.options.get(key)
    }
}

fn as_seconds<S: serde::Serializer>(lease: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(lease.as_secs_f64())
}

fn from_seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    Duration::try_from_secs_f64(f64::deserialize(deserializer)?).map_err(serde::de::Error::custom)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// An effect for tests, with a lease of a second.
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

    #[test]
    fn a_record_of_it_says_what_for_how_long_and_how_it_is_put_back() {
        let text = serde_json::to_string(&effect("delay", [("duration", 0.5)])).unwrap();
        assert_eq!(
            text,
            r#"{"method":"delay","options":{"duration":0.5},"lease_seconds":1.0,"inverse":"end"}"#
        );
    }

    #[test]
    fn the_protocols_methods_are_chaos_and_each_says_how_long_it_lasts() {
        for (method, option) in [
            ("freeze", Some("duration")),
            ("disturb", Some("duration")),
            ("take_descriptors", Some("duration")),
            ("shift_clock", Some("duration")),
            ("allocate_memory", Some("hold_duration")),
            ("raise_error", None),
        ] {
            assert!(Effect::is_chaos(method) && effect(method, [("duration", 1)]).is_measured(), "{method}");
            assert_eq!(Effect::time_option(method), option, "{method}");
        }
        assert!(Effect::is_chaos("signal") && !Effect::is_chaos("flush"));
        assert_eq!((Effect::time_option("signal"), Effect::time_option("flush")), (None, None));
    }
}
