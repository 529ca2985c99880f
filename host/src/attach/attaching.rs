//! Which processes are just being attached or detached.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The processes that are being attached or detached, so that two operators do not attach one, nor one before all is undone
/// that was done to it.
#[derive(Debug, Default)]
pub(crate) struct Attaching(Mutex<HashSet<i32>>);

impl Attaching {
    /// None where somebody else is at it.
    pub(super) fn begin(&self, pid: i32) -> Option<Begun<'_>> {
        self.pids().insert(pid).then(|| Begun { attaching: self, pid })
    }

    fn pids(&self) -> MutexGuard<'_, HashSet<i32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// That one is; until it is dropped.
pub(super) struct Begun<'a> {
    attaching: &'a Attaching,
    pid: i32,
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        self.attaching.pids().remove(&self.pid);
    }
}
