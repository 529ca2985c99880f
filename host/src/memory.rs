//! The host's memory.

/// Returns to the kernel what is free: glibc keeps it for later, also where a burst is over and later does not come.
#[cfg(target_env = "gnu")]
#[expect(unsafe_code, reason = "malloc_trim has no safe form")]
pub(crate) fn give_back() {
    // SAFETY: takes a number, locks each arena itself, and may be called by any thread at any time.
    unsafe { libc::malloc_trim(0) };
}

/// Other allocators have ways of their own.
#[cfg(not(target_env = "gnu"))]
pub(crate) fn give_back() {}
