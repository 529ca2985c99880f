//! What somebody asks the gate for.

use super::origin::Origin;
use chaos_kitty_bus::Value;
use std::time::Duration;

/// A wish: that something be done to a victim.
#[derive(Debug, Clone, PartialEq)]
pub struct Wish {
    /// Who asks.
    pub origin: Origin,
    /// The victim's id.
    pub victim: u64,
    /// The victim's method, or `signal`.
    pub method: String,
    /// Positional arguments.
    pub arguments: Vec<Value>,
    /// Named arguments: a map with Symbol keys.
    pub options: Value,
    /// The lease, where the one that follows from the arguments is not meant.
    pub lease: Option<Duration>,
}
