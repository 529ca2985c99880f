//! A wrapped victim: a program that is not linked with this library, and the worker that stands beside it.
//!
//! The wrapper `chaos-kitty-worker` says how the program is reached ([`Program`]); what a host may ask is decided here.

mod control_group;
mod delay;
mod fate;
mod freeze;
mod hold;
mod program;
mod reaction;
mod stand_in;
mod wrapped;

pub use program::{Held, Holding, Program};
pub use reaction::Reaction;
pub use stand_in::{STAND_IN, serve as stand_in};
pub use wrapped::Wrapped;
