//! What an author of chaos operations writes against.
//!
//! An operation is one type, one implementation of [`Operation`], and one line that exports it:
//!
//! ```no_run
//! use chaos_kitty_plugin::{Context, Interval, Operation, Probability, Result, serde};
//!
//! #[derive(serde::Deserialize)]
//! #[serde(crate = "chaos_kitty_plugin::serde", default, deny_unknown_fields)]
//! struct Hiccup {
//!     interval: Interval,
//!     probability: Probability,
//! }
//!
//! impl Default for Hiccup {
//!     fn default() -> Self {
//!         Self { interval: Interval::from(10), probability: Probability::from(0.5) }
//!     }
//! }
//!
//! impl Operation for Hiccup {
//!     type Config = Self;
//!
//!     fn new(config: Self) -> Result<Self> {
//!         Ok(config)
//!     }
//!
//!     fn status(&self, context: &Context) -> impl serde::Serialize {
//!         std::collections::BTreeMap::from([("victims", context.victims().len())])
//!     }
//!
//!     async fn run(&self, context: &Context) -> Result<()> {
//!         context
//!             .strike_at_random(self.interval, self.probability, async |victim, chance| {
//!                 victim.delay(chance.between("duration", 0.1, 0.3)).await
//!             })
//!             .await
//!     }
//! }
//!
//! chaos_kitty_plugin::export_operation!(Hiccup);
//! # fn main() {}
//! ```
//!
//! The crate is a `cdylib` with this one dependency: serde's derives come through [`serde`] (with
//! `#[serde(crate = "chaos_kitty_plugin::serde")]`), log lines through [`tracing`]. A plugin owns neither time nor
//! chance: both are asked of the host through [`Context`], so that pause, dry-run and replay hold for it too. Timers and
//! tasks of an async runtime of its own do not work in a plugin; futures, channels and threads do.

// What the derive writes names this crate, in itself too.
extern crate self as chaos_kitty_plugin;

mod bounds;
mod call;
mod chance;
mod context;
mod description;
mod disturbance;
mod errno;
mod error;
#[doc(hidden)]
pub mod export;
mod forward;
mod guard;
mod instance;
mod interval;
mod kind;
pub mod kit;
mod link;
mod megabytes;
mod mistake;
mod msgpack;
mod operation;
mod outcome;
mod parameters;
mod probability;
mod quantity;
mod reader;
mod seconds;
mod shift;
mod signal;
mod strike_at_random;
mod symbol;
mod tick;
mod value;
mod victim;
mod victims;

pub use bounds::{lasting, ordered};
pub use call::Call;
pub use chance::Chance;
pub use context::Context;
pub use disturbance::{Disturbance, Doing};
pub use errno::Errno;
pub use error::{Error, Result};
pub use interval::Interval;
pub use kind::{Choice, Kind, Parameter};
pub use megabytes::Megabytes;
pub use operation::Operation;
pub use outcome::{Outcome, Verdict};
pub use parameters::Parameters;
pub use probability::Probability;
pub use seconds::Seconds;
pub use shift::Shift;
pub use signal::Signal;
pub use symbol::Symbol;
pub use tick::Tick;
pub use value::Value;
pub use victim::Victim;

pub use serde;
pub use tracing;
