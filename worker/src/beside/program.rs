//! A program, as whoever started it can reach it.

use std::io;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

/// A program beside which a worker stands.
pub trait Program: Send + Sync + 'static {
    /// Its pid.
    fn process_id(&self) -> u32;

    /// Whether it has exited, be it as a zombie. Where it has not after something was read of its pid, that was its own: a pid
    /// may be somebody else's once it has.
    fn has_exited(&self) -> bool;

    /// Stops it and its descendants, for so long from when all of them are, and continues them when the lease is over at the
    /// latest. Does not wait: the end of it is told through the answer.
    ///
    /// # Errors
    /// Nobody is there who would continue it.
    fn hold(&self, length: Duration, lease: Duration) -> io::Result<Holding>;

    /// Ends a hold before its time; nothing where it has ended already.
    fn release(&self, hold: u64);

    /// Sends it a signal.
    ///
    /// # Errors
    /// It cannot be reached.
    fn signal(&self, number: i32) -> io::Result<()>;
}

/// A hold under way.
#[derive(Debug)]
pub struct Holding {
    /// Its number, for [`Program::release`].
    pub number: u64,
    /// What it came to, once everybody is continued. Dropped unsent when nobody can say.
    pub over: oneshot::Receiver<Held>,
}

/// What a hold came to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// From the moment when all of them were stopped to the one when they were continued. Where it ended before all were, it
    /// counts for those who were, and the others are `missed`.
    pub time: Duration,
    /// How many processes were stopped.
    pub processes: u64,
    /// How many could not be, and went on.
    pub missed: u64,
    /// How many were frozen with them who have nothing to do with it: they entered its control group meanwhile.
    pub strangers: u64,
    /// By what they were.
    pub by: Means,
}

/// By what processes are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Means {
    /// SIGSTOP and SIGCONT, which their parents may see.
    Signals,
    /// The freezer of their control group, which nobody sees.
    Freezer,
}

impl Means {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Means::Signals => "signals",
            Means::Freezer => "freezer",
        }
    }
}
