//! A victim that is not linked with this library, and the worker that stands beside it: a program that the worker started
//! (wrapped), or a process that was there already (attached).
//!
//! The binary `chaos-kitty-worker` says how the program is reached ([`Program`]); what a host may ask is decided here.

mod at_work;
mod attached;
mod control_group;
mod delay;
mod fate;
mod freeze;
mod hold;
mod own_group;
mod program;
mod reaction;
mod stand_in;
mod wrapped;

pub use attached::Attached;
pub use own_group::OwnGroup;
pub use program::{Held, Holding, Means, Program};
pub use reaction::Reaction;
pub use stand_in::{STAND_IN, serve as stand_in};
pub use wrapped::Wrapped;
