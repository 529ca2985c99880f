//! A trap: an error that waits at the fault points for the next ones who come by.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::fault::Fault;
use crate::lease::Lease;
use crate::pattern::Pattern;

/// Makes the next `times` hits of matching fault points fail; its lease is over when it has.
#[derive(Debug)]
pub(crate) struct Trap {
    pattern: Pattern,
    lease: Arc<Lease>,
    class: String,
    message: String,
    panics: bool,
    times: u64,
    raised: AtomicU64,
}

impl Trap {
    pub(crate) fn new(
        pattern: Pattern,
        lease: Arc<Lease>,
        class: String,
        message: String,
        panics: bool,
        times: u64,
    ) -> Arc<Trap> {
        Arc::new(Trap { pattern, lease, class, message, panics, times, raised: AtomicU64::new(0) })
    }

    pub(crate) fn matches(&self, name: &str) -> bool {
        self.pattern.matches(name)
    }

    pub(crate) fn lease(&self) -> &Arc<Lease> {
        &self.lease
    }

    pub(crate) fn raised(&self) -> u64 {
        self.raised.load(Ordering::Acquire)
    }

    /// True when the fault should be a panic.
    pub(crate) fn panics(&self) -> bool {
        self.panics
    }

    /// The fault, while there are some left and the lease runs.
    pub(crate) fn spring(&self, point: &'static str) -> Option<Fault> {
        if self.lease.is_over() {
            return None;
        }
        let raised = self
            .raised
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |raised| {
                (raised < self.times).then_some(raised + 1)
            })
            .ok()?;
        if raised + 1 == self.times {
            self.lease.end();
        }
        Some(Fault::new(&self.class, &self.message, point))
    }
}
