//! The first place where a replay could not go on.

use crate::gate::Rule;
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
    /// What stands in the way.
    pub by: By,
}

/// What stands in a strike's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The host, which refuses it by this rule.
    Rule(Rule),
    /// The victim, which has gone, does not answer, or broke off.
    Victim,
    /// The call: the host has gone, or what was asked is not understood.
    Call,
}

impl Obstacle {
    /// Whether it may be what strikes did: whom they were on has gone, or does not answer.
    pub fn is_of_the_victim(&self) -> bool {
        matches!(self.by, By::Victim | By::Rule(Rule::NoVictim | Rule::Silent))
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.what, self.reason)
    }
}
