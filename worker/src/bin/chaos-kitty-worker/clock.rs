//! The one place of this program that reads a clock.

use std::time::{Duration, Instant};

/// The monotonic clock, by which every hold ends.
#[expect(clippy::disallowed_methods, reason = "this is the program's clock")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Waits for so long: for what no event tells.
#[expect(clippy::disallowed_methods, reason = "this is the program's clock")]
pub(crate) fn pause(length: Duration) {
    std::thread::sleep(length);
}
