//! What a generation of an instance has done so far.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counted since it was loaded.
#[derive(Debug, Default)]
pub(super) struct Tally {
    strikes: AtomicU64,
    errors: AtomicU64,
}

impl Tally {
    /// The gate let one pass.
    pub(super) fn strike(&self) {
        self.strikes.fetch_add(1, Ordering::Relaxed);
    }

    /// Something it asked for, or was asked for, failed. What the gate refuses is no error.
    pub(super) fn error(&self) {
        self.errors.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn strikes(&self) -> u64 {
        self.strikes.load(Ordering::Relaxed)
    }

    pub(super) fn errors(&self) -> u64 {
        self.errors.load(Ordering::Relaxed)
    }
}
