//! Where an experiment stands.

use serde::Serialize;
use std::fmt;

/// The phases, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The victims are waited for.
    Gathering,
    /// There is no chaos yet, and the probes must hold.
    Before,
    /// There is chaos, and after it until its last effect has ended.
    During,
    /// There is no chaos any more, and the probes must hold again.
    After,
}

impl Phase {
    /// Those in which probes ask.
    pub const PROBED: [Self; 3] = [Self::Before, Self::During, Self::After];
}

impl fmt::Display for Phase {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Gathering => "gathering",
            Self::Before => "before",
            Self::During => "during",
            Self::After => "after",
        })
    }
}
