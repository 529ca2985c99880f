//! What a wrapper, or an attendant, and its guard tell each other.

use std::time::Duration;

use chaos_kitty_worker::beside::Means;
use serde::{Deserialize, Serialize};

use super::freezer::Freezer;

/// From the worker.
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
    /// The program runs, and is guarded.
    Started { program: i32 },
    /// It could not be started.
    NotStarted { not_found: bool, why: String },
    /// This is about to be frozen: what must be thawed should the guard be killed before the hold is over.
    Freezes { freezer: Freezer },
    /// A hold is over, and everybody continued.
    Held { number: u64, time: Duration, processes: u64, missed: u64, by: Means },
}
