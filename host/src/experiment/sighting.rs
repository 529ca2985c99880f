//! What a probe saw, and when.

use super::phase::Phase;
use serde::Serialize;

/// One question of a probe's, and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sighting {
    /// Which probe, counted from 0 in the file's order.
    #[serde(skip)]
    pub probe: usize,
    /// The phase in which it was asked.
    pub phase: Phase,
    /// When it was asked, in seconds since the start of the run.
    pub at: f64,
    /// How long the answer took, in seconds, or how long it was waited for.
    pub latency: f64,
    /// Why it failed; none where it did not.
    pub failure: Option<String>,
}

impl Sighting {
    /// When it was answered, in seconds since the start of the run.
    pub fn answered(&self) -> f64 {
        self.at + self.latency
    }
}
