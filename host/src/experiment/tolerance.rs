//! What is borne of a probe before it fails.

use super::reading::number;
use crate::configuration::Section;
use serde::Serialize;
use std::fmt;
use toml_edit::Item;

/// Of how many questions a share is taken where nothing is said.
const LAST: u32 = 10;

/// What is borne: some failures in a row, a share of the last ones, or both. More than that is too much.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Tolerance {
    /// How many failures in a row; none: any number, as long as the share says so.
    pub failures: Option<u32>,
    /// What share of the last `last` questions, from 0 to 1.
    pub share: Option<f64>,
    /// Of how many questions the share is taken. Those that have not been asked yet count as answered.
    pub last: u32,
}

impl Default for Tolerance {
    /// Nothing is borne.
    fn default() -> Self {
        Self { failures: Some(0), share: None, last: LAST }
    }
}

impl Tolerance {
    /// How many of the last questions may fail, where a share is said.
    pub(super) fn most_of_last(&self) -> Option<u32> {
        // 0.29 of 100 are 29, and not 28.999…: a share is meant as it is written.
        self.share.map(|share| (share * f64::from(self.last) * (1.0 + 1e-12)).floor() as u32)
    }

    pub(super) fn read(section: Section<'_>) -> Self {
        let share = section.get("share", "a number from 0 to 1", |item: &Item| {
            let share = item.as_float().or_else(|| item.as_integer().map(|number| number as f64));
            share.filter(|share| (0.0..=1.0).contains(share))
        });
        let otherwise = if share.is_some() { None } else { Some(0) };
        let tolerance = Self {
            failures: number(&section, "failures", 0).or(otherwise),
            share,
            last: number(&section, "last", 1).unwrap_or(LAST),
        };
        section.finish();
        tolerance
    }
}

impl fmt::Display for Tolerance {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = self.last;
        match (self.failures, self.share.map(|share| (share * 1000.0).round() / 10.0)) {
            (Some(0), None) => write!(out, "no failure"),
            (Some(failures), None) => write!(out, "{failures} failures in a row"),
            (None, Some(share)) => write!(out, "{share} % of the last {last}"),
            (Some(failures), Some(share)) => {
                write!(out, "{failures} failures in a row, {share} % of the last {last}")
            }
            (None, None) => write!(out, "anything"),
        }
    }
}
