//! The tests' clock: the one place that reads the time, to give up, and to strike at a moment that chance chose.
#![expect(clippy::disallowed_methods, reason = "this module is where the deadlines of the tests come from")]

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long an event may take that should come soon. Nothing is measured by it: it ends a test that would hang.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Between two looks at what no event tells.
const LOOK: Duration = Duration::from_millis(2);

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

/// Whether it comes true within this time.
pub fn comes_true(within: Duration, mut so: impl FnMut() -> bool) -> bool {
    let deadline = Deadline::after(within);
    loop {
        match (so(), deadline.left()) {
            (true, _) => return true,
            (false, None) => return false,
            (false, Some(_)) => std::thread::park_timeout(LOOK),
        }
    }
}

/// Lets time go by: for a moment that is drawn, not for an event that comes.
pub fn let_pass(time: Duration) {
    let deadline = Deadline::after(time);
    while let Some(left) = deadline.left() {
        std::thread::park_timeout(left);
    }
}

/// The wall clock's time, since the Unix epoch: for what depends on the day and the hour.
pub fn wall() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
