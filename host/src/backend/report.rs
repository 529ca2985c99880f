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
    pub error: Option<String>,
}

impl Report {
    pub(super) fn failed(error: impl Into<String>) -> Self {
        Self { error: Some(error.into()), ..Self::default() }
    }
}
