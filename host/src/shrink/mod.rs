//! From a run that broke something to the strikes of it that do: the smallest set that still makes a probe fail.

mod ddmin;
mod reset;
mod shrunk;
mod trial;

pub use ddmin::{Smallest, ddmin};
pub use reset::Reset;
pub use shrunk::Shrunk;
pub use trial::{Trial, Tried};
