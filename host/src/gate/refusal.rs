//! Why an effect may not happen.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The rule that refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The operator paused chaos.
    Paused,
    /// The host is stopping.
    Stopping,
    /// There is no such victim, or no longer.
    NoVictim,
    /// The generation of the instance is leaving, and has no tick open.
    Leaving,
    /// The instance's selector does not select the victim.
    NotSelected,
    /// The process runs as another user than when it registered.
    AnotherUser,
    /// The victim does not declare the method.
    NotDeclared,
    /// The victim has not answered of late.
    Silent,
    /// An argument is missing or impossible.
    Arguments,
    /// What would be done could not be put back.
    NoUndo,
    /// The decision cannot be written down.
    Journal,
    /// A probe asked for what is chaos.
    NoProbe,
}

impl fmt::Display for Rule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // As records have it.
        self.serialize(out)
    }
}

/// A refusal, with the rule and the reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The rule that refused.
    pub rule: Rule,
    /// To whom, why, and what to do.
    pub reason: String,
}

impl Refusal {
    pub(crate) fn new(rule: Rule, reason: impl Into<String>) -> Self {
        Self { rule, reason: reason.into() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "refused: {}", self.reason)
    }
}

impl std::error::Error for Refusal {}
