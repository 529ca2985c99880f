//! The clock: when a call's time is up.

use std::time::Duration;
use tokio::time::Instant;

/// Now, as tokio's timers count it, so that a test can pause it.
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// When this much time has passed; far off where that is beyond counting.
pub(crate) fn after(duration: Duration) -> Instant {
    const FAR: Duration = Duration::from_secs(60 * 60 * 24 * 365 * 30);
    now() + duration.min(FAR)
}
