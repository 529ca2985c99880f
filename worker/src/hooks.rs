//! What the application does when it is asked to give back what it can spare.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::aside::panic_text;

type Hook = Box<dyn Fn() + Send + Sync>;

/// The hooks for `trigger_gc`, and how often they ran.
#[derive(Default)]
pub(crate) struct Hooks {
    hooks: Vec<Hook>,
    collections: AtomicU64,
}

impl Hooks {
    pub(crate) fn add(&mut self, hook: impl Fn() + Send + Sync + 'static) {
        self.hooks.push(Box::new(hook));
    }

    /// How many collections there were.
    pub(crate) fn collections(&self) -> u64 {
        self.collections.load(Ordering::Relaxed)
    }

    /// Runs them in order, returns free heap to the kernel, and answers how many hooks ran to their end.
    pub(crate) fn collect(&self) -> usize {
        let ran = self.hooks.iter().filter(|hook| match catch_unwind(AssertUnwindSafe(hook)) {
            Ok(()) => true,
            Err(panic) => {
                tracing::error!(
                    message = panic_text(&*panic),
                    "an on_collect hook panicked, the others go on"
                );
                false
            }
        });
        let ran = ran.count();
        trim();
        self.collections.fetch_add(1, Ordering::Relaxed);
        ran
    }
}

/// glibc keeps freed memory for later; other allocators have ways of their own, and hooks may take them.
#[cfg(target_env = "gnu")]
#[expect(unsafe_code, reason = "malloc_trim has no safe form")]
fn trim() {
    // SAFETY: takes a number, locks each arena itself, and may be called by any thread at any time.
    unsafe { libc::malloc_trim(0) };
}

#[cfg(not(target_env = "gnu"))]
fn trim() {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn a_hook_that_panics_costs_itself_alone() {
        let ran = Arc::new(AtomicU64::new(0));
        let mut hooks = Hooks::default();
        hooks.add(|| panic!("no cache here"));
        let seen = Arc::clone(&ran);
        hooks.add(move || {
            seen.fetch_add(1, Ordering::Relaxed);
        });
        assert_eq!(hooks.collect(), 1);
        assert_eq!((ran.load(Ordering::Relaxed), hooks.collections()), (1, 1));
    }
}
