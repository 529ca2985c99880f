//! Who, or what, had an effect end before its time.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What had an effect end before its lease and its own length were over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndedBy {
    /// An operator's `undo`.
    Undo,
    /// Its victim was detached.
    Detach,
    /// The host stopped.
    Host,
    /// The process of the operation that asked for it ended.
    Instance,
    /// The replay that it was part of ended.
    Replay,
    /// An experiment ended all chaos.
    Experiment,
    /// The victim's process ended.
    Victim,
}

impl fmt::Display for EndedBy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Undo => "an operator undid it",
            Self::Detach => "its victim was detached",
            Self::Host => "the host stopped",
            Self::Instance => "the process of its operation ended",
            Self::Replay => "its replay ended",
            Self::Experiment => "the experiment ended chaos",
            Self::Victim => "its process ended",
        })
    }
}
