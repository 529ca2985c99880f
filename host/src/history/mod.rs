//! History: what strikes have come to, as journals tell it.

mod ended;
mod filter;
mod past;
mod struck;
mod sum;

pub use ended::Ended;
pub use filter::{Filter, Met, Run};
pub use past::Past;
pub use struck::{End, Struck};
pub use sum::{By, Sum, Sums};
