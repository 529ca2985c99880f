//! The host's memory: what is not needed any more is given back.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// So many victims leave a hole that is worth giving back.
const MANY: usize = 1024;
/// Those who leave together are gone by then.
const LATER: Duration = Duration::from_secs(1);

/// Bytes: where glibc begins.
#[cfg(target_env = "gnu")]
const LARGE: i32 = 128 << 10;

/// Counts who has left since memory was last given back.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    left: Arc<AtomicUsize>,
}

impl Memory {
    /// A victim has left.
    pub(crate) fn one_left(&self) {
        if self.left.fetch_add(1, Ordering::Relaxed) + 1 == MANY {
            let left = Arc::clone(&self.left);
            tokio::spawn(async move {
                tokio::time::sleep(LATER).await;
                left.store(0, Ordering::Relaxed);
                let _ = tokio::task::spawn_blocking(give_back).await;
            });
        }
    }
}

/// Returns to the kernel what is free: glibc keeps it for later, also where a burst is over and later does not come.
#[cfg(target_env = "gnu")]
#[expect(unsafe_code, reason = "malloc_trim has no safe form")]
pub(crate) fn give_back() {
    // SAFETY: takes a number, locks each arena itself, and may be called by any thread at any time.
    unsafe { libc::malloc_trim(0) };
}

/// What is large, as a plugin's file that is read, goes back to the kernel when it is freed. Left to itself, glibc takes the
/// size of what was freed for that of what will be needed, and keeps as much in each thread's arena, which nothing trims.
#[cfg(target_env = "gnu")]
#[expect(unsafe_code, reason = "mallopt has no safe form")]
pub(crate) fn keep_nothing_large() {
    // SAFETY: takes two numbers, and may be called at any time.
    unsafe { libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE) };
}

/// Other allocators have ways of their own.
#[cfg(not(target_env = "gnu"))]
pub(crate) fn give_back() {}

/// Other allocators have ways of their own.
#[cfg(not(target_env = "gnu"))]
pub(crate) fn keep_nothing_large() {}
