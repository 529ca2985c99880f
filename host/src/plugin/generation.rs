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

/// Counts one more loading, unless there may be no more.
pub(super) fn may_load() -> bool {
    take(&LOADED)
}

fn take(count: &AtomicU32) -> bool {
    let step = |taken| (taken < MOST).then_some(taken + 1);
    count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, step).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_five_hundred_and_first_is_refused() {
        let count = AtomicU32::new(0);
        assert_eq!((0..=MOST).filter(|_| take(&count)).count(), 500);
    }
}
