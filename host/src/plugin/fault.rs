//! What went wrong inside a plugin.

use std::fmt;

use chaos_kitty_bus::Value;

use super::line::one_line;
use super::{Unknown, dialect};

/// An error that a plugin answered, a panic that it caught, or a call that it did not come back from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// `error`, `panic`, `parameter`, `silent` (it did not come back), `gone` (with its process), `busy` (a status waits behind other calls), `retired`, or a word of a newer plugin's.
    pub kind: String,
    /// What happened.
    pub message: String,
    /// File and line of a panic.
    pub place: Option<String>,
    /// The parameter that it is about.
    pub path: Option<String>,
    /// The name that a parameter has and should not.
    pub unknown: Option<Box<Unknown>>,
}

impl Fault {
    pub(super) fn new(kind: &str, message: impl Into<String>) -> Self {
        Self { kind: kind.into(), message: message.into(), place: None, path: None, unknown: None }
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Self {
        let map = dialect::decode(bytes).unwrap_or_default();
        let text = |key| map.get(key).and_then(Value::as_str).map(one_line);
        Self {
            kind: text("kind").unwrap_or_else(|| "error".into()),
            message: text("message").unwrap_or_else(|| "no reason was given".into()),
            place: text("place"),
            path: text("path"),
            unknown: map.get("unknown").and_then(Unknown::read).map(Box::new),
        }
    }

    /// The instance cannot be trusted with another call.
    pub fn is_panic(&self) -> bool {
        self.kind == "panic"
    }

    /// The instance's own line, that it is retired or stuck, has said it: not to be said again for each victim.
    pub fn is_told(&self) -> bool {
        matches!(&*self.kind, "panic" | "silent" | "retired")
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.place, self.is_panic()) {
            (Some(place), true) => write!(f, "panicked at {place}: {}", self.message),
            (None, true) => write!(f, "panicked: {}", self.message),
            _ => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for Fault {}
