//! Loadings of a library, which are never undone.

use std::sync::atomic::{AtomicU32, Ordering};

/// Each generation keeps memory and thread-local keys, and near 1,000 the C library aborts for want of keys.
pub(super) const MOST: u32 = 500;

static COUNT: AtomicU32 = AtomicU32::new(0);

/// The next generation's number in this process, from 1; `None` when there may be no more.
pub(super) fn next() -> Option<u32> {
    take(&COUNT)
}

fn take(count: &AtomicU32) -> Option<u32> {
    let step = |taken| (taken < MOST).then_some(taken + 1);
    count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, step).ok().map(|before| before + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_five_hundred_and_first_is_refused() {
        let count = AtomicU32::new(0);
        assert_eq!((0..MOST).map_while(|_| take(&count)).last(), Some(500));
        assert_eq!(take(&count), None);
    }
}
