//! Generations of plugins, and loadings, which are never undone.

use std::sync::atomic::{AtomicU32, Ordering};

/// Each loading keeps memory and thread-local keys, and near 1,000 the C library aborts for want of keys.
pub(super) const MOST: u32 = 500;

static GENERATIONS: AtomicU32 = AtomicU32::new(0);
static LOADED: AtomicU32 = AtomicU32::new(0);

/// The next generation's number in this process, from 1.
pub(super) fn next() -> u32 {
    GENERATIONS.fetch_add(1, Ordering::Relaxed) + 1
}

/// Whether there may be one more loading.
pub(super) fn may_load() -> bool {
    LOADED.load(Ordering::Relaxed) < MOST
}

/// Counts a loading. What the loader refuses is none.
pub(super) fn loaded() {
    LOADED.fetch_add(1, Ordering::Relaxed);
}
