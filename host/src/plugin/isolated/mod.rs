//! An operation in a process of its own: what a segfault, `exit()`, an abort, a stack overflow or endless memory ends is
//! that process.
//!
//! What crosses to it is what crosses dlopen, the two trait objects, and their bytes are passed on as they are. Two sockets
//! lie between: on one the host asks and the process answers, in turn, on the other the operation asks the host. To the
//! rest of the host it is an operation like any other.

mod backoff;
mod child;
mod ending;
mod frame;
mod keeper;
mod line;
mod operation;
mod process;
mod remote_host;
mod serving;

pub use child::Child;
pub(super) use operation::{ANNOUNCE, announcement, construct};
