//! Limits: how much chaos may be under way at once, how often, when, and on whom. docs/limits.md describes them.
//!
//! Everything that they depend on is counted as it comes and goes, so that a decision walks over nobody.

mod attendance;
mod book;
mod departed;
mod groups;
mod ledger;
mod listed;
mod opening;
mod rate;
mod scope;

pub(super) use ledger::{Held, Ledger};
pub use listed::ListedLimit;

#[cfg(test)]
mod properties;
