//! The tests' clock: the one place that reads the time, and only to give up.
#![expect(clippy::disallowed_methods, reason = "this module is where the deadlines of the tests come from")]

use std::time::{Duration, Instant};

/// How long an event may take that should come soon. Nothing is measured by it: it ends a test that would hang.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// When to give up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline(Instant);

impl Deadline {
    pub(crate) fn after(time: Duration) -> Self {
        Self(Instant::now() + time)
    }

    /// What is left, or nothing when it is over.
    pub(crate) fn left(self) -> Option<Duration> {
        let left = self.0.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }
}
