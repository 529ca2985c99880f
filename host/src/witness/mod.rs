//! What the host itself sees of an effect, from /proc: nobody's word is needed for it.
//!
//! Looked at are the processes that the kernel has proven, and only while an effect is under way that can be seen from
//! outside: CPU time and memory, and a wrapped or attached program that is stopped or frozen. What happens between threads of a process, as
//! a linked victim's delay does, cannot.

mod freezer;
mod kin;
mod look;
mod scene;
mod seen;
mod watched;

pub(crate) use freezer::switch_of_frozen;
pub(crate) use kin::below;
pub use seen::Seen;
pub(crate) use watched::watched;
