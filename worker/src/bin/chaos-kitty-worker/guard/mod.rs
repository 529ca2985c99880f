//! The guard: a small process between a wrapper and its program, which continues what was stopped.
//!
//! It is the program's parent and stays the ancestor of all that the program starts. It outlives a wrapper that is
//! killed, by as long as it takes to put things back. Why it is so: ARCHITECTURE.md, "Three processes".
//!
//! An attendant has one too, for a process that was there before both.

mod birth;
mod channel;
mod freezer;
mod frost;
mod grip;
mod handle;
mod hold;
mod insistence;
mod kin;
mod message;
mod parole;
mod process;
mod stops;
mod ward;
mod watch;

pub(crate) use birth::Stillbirth;
pub(crate) use handle::Guard;
