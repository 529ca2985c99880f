//! The first place where a replay could not go on.

use serde::Serialize;
use std::fmt;

/// A strike that could not be made again, and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Obstacle {
    /// Its number in its run.
    pub strike: u64,
    /// When it was due, in seconds since the replay's start.
    pub offset: f64,
    /// When, what and to whom, in words.
    #[serde(skip)]
    pub what: String,
    /// Why not, and what to do.
    pub reason: String,
}

impl fmt::Display for Obstacle {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.what, self.reason)
    }
}
