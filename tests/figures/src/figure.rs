//! A figure: a median, beside its rival's and against its target.

use serde::{Deserialize, Serialize};
use std::fmt;

/// One row of the table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// The group that measures it, as on the command line.
    pub group: String,
    /// What was measured, in words that stand alone.
    pub what: String,
    /// Ours, at the median.
    pub ours: f64,
    /// Of ours, and of the rival's.
    pub unit: Unit,
    /// Who stood beside it in the same run, and what it came to at the median.
    pub rival: Option<(String, f64)>,
    /// What it should be.
    pub target: Option<Target>,
    /// What it depends on, or what holds it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The day, as `2026-11-23`.
    pub date: String,
}

/// What a figure is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Time, kept in seconds.
    Seconds,
    /// Memory, kept in bytes.
    Bytes,
    /// So many a second.
    PerSecond,
    /// A share of one, shown in per cent.
    Share,
    /// A plain number.
    Count,
}

/// What a figure should be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// Ours.
    AtMost(f64),
    /// Ours.
    AtLeast(f64),
    /// Ours to the rival's.
    RatioAtMost(f64),
    /// Ours to the rival's.
    RatioAtLeast(f64),
    /// Ours less the rival's.
    OverAtMost(f64),
}

impl Figure {
    /// Without a rival or a target.
    pub fn new(group: &str, what: impl Into<String>, ours: f64, unit: Unit) -> Self {
        let (group, what) = (group.to_owned(), what.into());
        Self { group, what, ours, unit, rival: None, target: None, note: None, date: String::new() }
    }

    /// Beside a rival of the same run.
    pub fn beside(mut self, rival: impl Into<String>, median: f64) -> Self {
        self.rival = Some((rival.into(), median));
        self
    }

    /// With a target.
    pub fn target(mut self, target: Target) -> Self {
        self.target = Some(target);
        self
    }

    /// With a note, shown below the table.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// Ours to the rival's; nothing beside a rival that came to nothing.
    pub fn ratio(&self) -> Option<f64> {
        self.rival.as_ref().map(|(_, rival)| self.ours / rival).filter(|ratio| ratio.is_finite())
    }

    /// Whether the target is met; nothing where there is none.
    pub fn holds(&self) -> Option<bool> {
        let rival = self.rival.as_ref().map_or(f64::NAN, |(_, rival)| *rival);
        Some(match self.target? {
            Target::AtMost(most) => self.ours <= most,
            Target::AtLeast(least) => self.ours >= least,
            Target::RatioAtMost(most) => self.ours / rival <= most,
            Target::RatioAtLeast(least) => self.ours / rival >= least,
            Target::OverAtMost(most) => self.ours - rival <= most,
        })
    }

    /// The target in words.
    pub fn target_text(&self) -> String {
        let unit = self.unit;
        match self.target {
            None => String::new(),
            Some(Target::AtMost(most)) => format!("≤ {}", unit.show(most)),
            Some(Target::AtLeast(least)) => format!("≥ {}", unit.show(least)),
            Some(Target::RatioAtMost(most)) => format!("≤ {most} ×"),
            Some(Target::RatioAtLeast(least)) => format!("≥ {least} ×"),
            Some(Target::OverAtMost(most)) => format!("≤ {} more", unit.show(most)),
        }
    }
}

impl Unit {
    /// A value of this unit for people, to three digits.
    pub fn show(self, value: f64) -> String {
        let scaled = |steps: &[(f64, &str)]| {
            let step = steps.iter().find(|(step, _)| value.abs() >= *step).or(steps.last());
            step.map_or_else(String::new, |(step, name)| format!("{} {name}", Digits(value / step)))
        };
        match self {
            Self::Seconds => scaled(&[(1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")]),
            Self::Bytes => scaled(&[(1_048_576.0, "MiB"), (1024.0, "KiB"), (1.0, "B")]),
            Self::PerSecond => format!("{} /s", grouped(value)),
            Self::Share => format!("{} %", Digits(value * 100.0)),
            Self::Count if value.fract() == 0.0 => grouped(value),
            Self::Count => Digits(value).to_string(),
        }
    }
}

/// Three digits that count.
struct Digits(f64);

impl fmt::Display for Digits {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = match self.0.abs() {
            size if size >= 100.0 => 0,
            size if size >= 10.0 => 1,
            _ => 2,
        };
        write!(out, "{:.decimals$}", self.0)
    }
}

/// A whole number in groups of three, as `20,000`.
fn grouped(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::from(if value < 0.0 { "-" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_to_three_digits_in_the_unit_that_fits() {
        assert_eq!(Unit::Seconds.show(0.000_000_000_24), "0.24 ns");
        assert_eq!(Unit::Seconds.show(0.010_22), "10.2 ms");
        assert_eq!(Unit::Bytes.show(8_388_608.0), "8.00 MiB");
        assert_eq!(Unit::PerSecond.show(20_000.4), "20,000 /s");
        assert_eq!(Unit::Share.show(0.02), "2.00 %");
        assert_eq!([10_000.0, 0.5].map(|number| Unit::Count.show(number)), ["10,000", "0.50"]);
    }

    #[test]
    fn a_target_holds_or_does_not() {
        let figure = Figure::new("bus", "a call", 1.3, Unit::Seconds).beside("bare", 1.0);
        assert_eq!(figure.holds(), None);
        assert_eq!(figure.clone().target(Target::RatioAtMost(1.4)).holds(), Some(true));
        assert_eq!(figure.clone().target(Target::RatioAtLeast(1.4)).holds(), Some(false));
        assert_eq!(figure.clone().target(Target::OverAtMost(0.2)).holds(), Some(false));
        assert_eq!(figure.target(Target::AtMost(1.3)).holds(), Some(true));
    }
}
