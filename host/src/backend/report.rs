//! What a backend reports of an effect that is over.

use chaos_kitty_bus::Value;

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
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// It was not done: the victim, or the kernel, refused.
    Refused(String),
    /// Nobody can say whether it was done: the victim went, or did not answer in time.
    Lost(String),
}

impl Report {
    pub(super) fn refused(why: impl Into<String>) -> Self {
        Self { error: Some(Failure::Refused(why.into())), ..Self::default() }
    }

    pub(super) fn lost(why: impl Into<String>) -> Self {
        Self { error: Some(Failure::Lost(why.into())), ..Self::default() }
    }
}
