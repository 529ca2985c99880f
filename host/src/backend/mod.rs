//! How an effect reaches a victim: one trait, whatever kind of victim it is.

mod report;
mod signal;
mod worker;

pub use report::{Failure, Report};
pub use worker::WorkerBackend;

use crate::effect::Effect;
use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

/// A future in a box.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Carries effects out, and ends them. Whether they may happen was decided before.
pub trait Backend: Debug + Send + Sync {
    /// Does it, and returns when it is over: after the lease and a margin at the latest.
    fn carry_out<'a>(&'a self, strike: u64, effect: &'a Effect) -> BoxFuture<'a, Report>;

    /// Whether nothing reaches the victim any more.
    fn is_gone(&self) -> bool;

    /// Whether who carries it out takes part in leases and observation (`protocol: 1`): then its methods mean what the
    /// protocol says, and it ends them when it is told to.
    fn keeps_leases(&self) -> bool {
        true
    }

    /// How many answers came that nobody waited for any more.
    fn late_answers(&self) -> u32 {
        0
    }

    /// Ends an effect before its lease does.
    fn end(&self, strike: u64) -> BoxFuture<'_, ()>;
}
