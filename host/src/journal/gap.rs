//! A gap: that a journal could not be written for a while, and what is missing of that time.

use super::record::Mark;
use serde::{Deserialize, Serialize};

/// Written as soon as there is room again, behind what had waited for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gap {
    /// When it ended, and in which run.
    #[serde(flatten)]
    pub mark: Mark,
    /// What is missing.
    #[serde(flatten)]
    pub missing: Missing,
    /// Why the journal could not be written, as it was said last.
    pub why: String,
}

/// How many records are in the log alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// Outcomes, comings and goings, beyond those that were kept until there was room.
    pub records: u64,
    /// Refusals.
    pub refusals: u64,
}
