//! The guard: a small process between a wrapper and its program, which continues what was stopped.
//!
//! It is the program's parent and stays the ancestor of all that the program starts. It outlives a wrapper that is
//! killed, by as long as it takes to put things back. Why it is so: ARCHITECTURE.md, "Three processes".

mod birth;
mod channel;
mod handle;
mod hold;
mod kin;
mod message;
mod process;
mod stops;
mod watch;

pub(crate) use birth::Stillbirth;
pub(crate) use handle::Guard;
