//! What wrapper and guard tell each other.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// From the wrapper.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Order {
    /// Stop the program and its descendants, for so long at most.
    Hold { number: u64, length: Duration },
    /// End that before its time.
    Release { number: u64 },
}

/// From the guard.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Report {
    /// The program runs.
    Started { program: i32 },
    /// It could not be started.
    NotStarted { not_found: bool, why: String },
    /// A hold is over, and everybody continued.
    Held { number: u64, time: Duration, processes: u64, missed: u64 },
}
