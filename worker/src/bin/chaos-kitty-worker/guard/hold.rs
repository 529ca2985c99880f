//! A hold: one wish that the program be stopped. Several may overlap.

use std::time::{Duration, Instant};

#[derive(Debug)]
pub(super) struct Hold {
    pub(super) number: u64,
    pub(super) deadline: Instant,
    /// Since when everybody has been stopped, or, where that was never seen, those who were when it ended.
    pub(super) since: Option<Instant>,
}

impl Hold {
    /// For how long all of them were held, if it ends now.
    pub(super) fn time(&self, now: Instant) -> Duration {
        self.since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since))
    }
}
