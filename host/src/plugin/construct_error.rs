//! Why an instance could not be built.

use std::fmt;

use super::{Fault, Unknown};

/// For the configuration, which knows where the parameter stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConstructError {
    /// The parameter that it is about, with dots and indices for nested ones (`messages[2]`).
    pub path: Option<String>,
    /// What is wrong, without the parameter's name.
    pub message: String,
    /// The name that it does not know, where it is about one.
    pub unknown: Option<Box<Unknown>>,
    /// The operation panicked, did not come back, or ended its process in place of answering.
    pub broken: bool,
}

impl From<Fault> for ConstructError {
    fn from(fault: Fault) -> Self {
        let message = if fault.is_panic() { fault.to_string() } else { fault.message.clone() };
        Self {
            broken: fault.is_panic() || matches!(&*fault.kind, "silent" | "gone"),
            message,
            path: fault.path,
            unknown: fault.unknown,
        }
    }
}

impl ConstructError {
    /// Whether it is the parameter's name that is wrong, and not its value.
    pub fn is_at_key(&self) -> bool {
        // The first SDK says it in serde's words alone.
        self.unknown
            .as_ref()
            .map_or_else(|| self.message.starts_with("unknown field"), |unknown| unknown.is_key())
    }
}

impl fmt::Display for ConstructError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.path {
            write!(f, "{path}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for ConstructError {}
