//! What a backend reports of an effect that is over.

use chaos_kitty_bus::Value;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What was answered and what was seen.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// What the victim answered.
    pub result: Value,
    /// What was seen to happen, if anyone could see.
    pub observed: Option<Value>,
    /// Why there is no result.
    pub error: Option<Failure>,
}

/// Why there is no result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "message", rename_all = "snake_case")]
pub enum Failure {
    /// It was not done: the victim does not understand what was asked.
    WrongUse(String),
    /// It was not done: the victim, or the kernel, refused, or it was told to end before it had begun.
    Refused(String),
    /// Nobody can say how much of it was done: the victim went, or raised on the way.
    Unclear(String),
    /// Nobody can say whether it was done: the victim did not answer in time.
    Silent(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.message())
    }
}

impl Failure {
    fn message(&self) -> &str {
        match self {
            Self::WrongUse(text) | Self::Refused(text) | Self::Unclear(text) | Self::Silent(text) => text,
        }
    }

    pub(crate) fn message_mut(&mut self) -> &mut String {
        match self {
            Self::WrongUse(text) | Self::Refused(text) | Self::Unclear(text) | Self::Silent(text) => text,
        }
    }
}

impl Report {
    pub(crate) fn refused(why: impl Into<String>) -> Self {
        Self { error: Some(Failure::Refused(why.into())), ..Self::default() }
    }
}
