//! Growth: how a figure changes with how many there are.

use crate::Unit;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A line of the plot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Growth {
    /// The group that measures it, as on the command line.
    pub group: String,
    /// What was measured, in words that stand alone.
    pub what: String,
    /// Of what was measured.
    pub unit: Unit,
    /// How many there were, and what it came to then.
    pub points: Vec<(u64, f64)>,
    /// The day, as `2026-11-23`.
    pub date: String,
}

impl Growth {
    /// From what was measured at each size.
    pub fn new(
        group: &str,
        what: impl Into<String>,
        unit: Unit,
        points: impl IntoIterator<Item = (u64, f64)>,
    ) -> Self {
        let (group, what) = (group.to_owned(), what.into());
        Self { group, what, unit, points: points.into_iter().collect(), date: String::new() }
    }
}

impl fmt::Display for Growth {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |(size, value): &(u64, f64)| format!("{size}: {}", self.unit.show(*value));
        let points: Vec<_> = self.points.iter().map(shown).collect();
        write!(out, "{}: {}", self.what, points.join(", "))
    }
}
