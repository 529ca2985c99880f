//! What a wrapper, or an attendant, and its guard tell each other.

use std::time::Duration;

use chaos_kitty_worker::beside::Held;
use serde::{Deserialize, Serialize};

use super::freezer::Freezer;
use super::process::Identity;

/// From the worker.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Order {
    /// Stop the program and its descendants, for so long from when all of them are, until the lease is over at the latest.
    Hold { number: u64, length: Duration, lease: Duration },
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
    /// These are about to be stopped: who must be continued should the guard be killed before they are, and nobody else.
    Stops { all: Vec<Identity> },
    /// This is about to be frozen: what must be thawed should the guard be killed before the hold is over.
    Freezes { freezer: Freezer },
    /// A hold is over; where it was the last one, everybody has been continued.
    Held { number: u64, held: Held, is_last: bool },
}
