//! A hold: one wish that the program be stopped. Several may overlap.

use std::time::{Duration, Instant};

use chaos_kitty_worker::beside::Means;

use super::message::Report;

#[derive(Debug)]
pub(super) struct Hold {
    pub(super) number: u64,
    pub(super) deadline: Instant,
    /// Since when everybody has been stopped, or, where that was never seen, those who were when it ended.
    pub(super) since: Option<Instant>,
}

impl Hold {
    /// What it came to, if it ends now.
    pub(super) fn report(&self, now: Instant, processes: usize, missed: usize, by: Means) -> Report {
        let time = self.since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        let (processes, missed) = (processes as u64, missed as u64);
        Report::Held { number: self.number, time, processes, missed, by }
    }
}
