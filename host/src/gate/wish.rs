//! What somebody asks the gate for.

use super::origin::Origin;
use chaos_kitty_bus::Value;
use std::fmt;
use std::time::Duration;

/// A victim, as somebody names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// By its id in this run.
    Id(u64),
    /// By its name, which no other victim has.
    Name(String),
    /// As an operator or a probe calls it: by its name, where no other victim gave itself the same.
    Called(String),
}

impl fmt::Display for Who {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(out, "{id}"),
            Self::Name(name) | Self::Called(name) => write!(out, "called `{name}`"),
        }
    }
}

/// The tick that a wish is made in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InTick {
    /// Its number, counted from 1 at the start of the run.
    pub number: u64,
    /// When the wish was due, since the start of the run. A busy machine makes it later.
    pub due: Duration,
}

/// A wish: that something be done to a victim.
#[derive(Debug, Clone, PartialEq)]
pub struct Wish {
    /// Who asks.
    pub origin: Origin,
    /// Whom it is about.
    pub victim: Who,
    /// Whether the victim is one that the origin may strike: an instance's selector says so, an operator may strike all.
    pub selected: bool,
    /// Whether the origin is a generation of an instance that leaves, and has no tick open in which it may strike.
    pub leaving: bool,
    /// The instance's tick in which it asks, where that can be told.
    pub tick: Option<InTick>,
    /// The victim's method, or `signal`.
    pub method: String,
    /// Positional arguments.
    pub arguments: Vec<Value>,
    /// Named arguments: a map with Symbol keys.
    pub options: Value,
    /// The lease, where the one that follows from the arguments is not meant.
    pub lease: Option<Duration>,
}
