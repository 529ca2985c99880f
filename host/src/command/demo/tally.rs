//! What an operation asked for, against what was observed, added up.

use crate::gate::{Outcome, Verdict};
use chaos_kitty_bus::Value;
use serde::Serialize;

/// The sums of one operation.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Tally {
    /// Strikes that came to an outcome.
    pub(super) strikes: u32,
    /// The sum of what was asked, in the operation's unit.
    pub(super) asked: f64,
    /// The sum of what was observed.
    pub(super) observed: f64,
    /// The unit.
    pub(super) unit: &'static str,
    pub(super) effective: u32,
    pub(super) partial: u32,
    pub(super) without_effect: u32,
    pub(super) unknown: u32,
}

impl Tally {
    /// The verdicts that there were: `3 effective, 1 unknown`.
    pub(super) fn verdicts(&self) -> String {
        let Self { effective, partial, without_effect, unknown, .. } = self;
        let all =
            [(effective, "effective"), (partial, "partial"), (without_effect, "none"), (unknown, "unknown")];
        let some = all.iter().filter(|(count, _)| **count > 0);
        some.map(|(count, verdict)| format!("{count} {verdict}")).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn add(&mut self, outcome: &Outcome) {
        let asked = |key: &str| outcome.asked.get(key).and_then(Value::as_f64).unwrap_or_default();
        let observed = outcome.observed.as_ref();
        let seen =
            |key: &str| observed.and_then(|seen| seen.get(key)).and_then(Value::as_f64).unwrap_or_default();
        let ended = || observed.and_then(|seen| seen.get("fate")).and_then(Value::as_str) == Some("exited");
        let (unit, asked, observed) = match outcome.method.as_str() {
            "delay" => ("s held", asked("duration"), seen("seconds_held")),
            "cpu_spin" => ("CPU s", asked("duration"), seen("cpu_seconds")),
            "allocate_memory" => ("MiB", asked("size_mb"), seen("resident_mb")),
            "raise_error" => ("errors", 1.0, seen("hits")),
            "signal" => ("ended", 1.0, f64::from(u8::from(ended()))),
            _ => ("", 0.0, 0.0),
        };
        self.unit = unit;
        self.strikes += 1;
        self.asked += asked;
        self.observed += observed;
        *match outcome.verdict {
            Verdict::Effective => &mut self.effective,
            Verdict::Partial => &mut self.partial,
            Verdict::None => &mut self.without_effect,
            Verdict::Unknown => &mut self.unknown,
        } += 1;
    }
}
