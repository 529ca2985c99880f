//! What a run that was cut short has left open, as the next one found it.

use super::record::{Mark, VictimMark};
use crate::effect::Inverse;
use serde::{Deserialize, Serialize};

/// Written, once for each hundred strikes, behind the beginning of a run where the one before has no end: its host was killed, or the machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recovered {
    /// When it was found, and in which run.
    #[serde(flatten)]
    pub mark: Mark,
    /// The run that was cut short.
    pub of: String,
    /// Its strikes that were let through and have no outcome. Whoever carried them out has ended them when it lost its
    /// host; nobody has told what they came to.
    pub unknown: Vec<Unfinished>,
}

/// A strike whose outcome is unknown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unfinished {
    /// Its number in its run.
    pub strike: u64,
    /// The victim.
    pub victim: VictimMark,
    /// The method.
    pub method: String,
    /// For how long it could last, in seconds.
    pub lease_seconds: f64,
    /// How it is put back.
    pub inverse: Inverse,
    /// What has become of the process.
    pub process: Remains,
}

/// What there is of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remains {
    /// It runs.
    Runs,
    /// It is there, and stopped.
    Stopped,
    /// It has exited, or the machine was started anew.
    Gone,
}
