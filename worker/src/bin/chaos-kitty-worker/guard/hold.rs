//! A hold: one wish that the program be stopped. Several may overlap.

use std::time::{Duration, Instant};

/// How long it may take until everybody is seen to be stopped. A hold that never is lasts no longer beyond what was asked.
const TO_STOP: Duration = Duration::from_millis(100);

#[derive(Debug)]
pub(super) struct Hold {
    pub(super) number: u64,
    began: Instant,
    /// For how long everybody is to be stopped.
    length: Duration,
    /// When it ends in any case.
    lease_over: Instant,
    /// Since when everybody has been stopped, or, where that was never seen, those who were when it ended.
    since: Option<Instant>,
}

impl Hold {
    /// One that begins now, and lasts for so long from when everybody is stopped, until its lease is over at the latest.
    pub(super) fn beginning(now: Instant, number: u64, length: Duration, lease: Duration) -> Hold {
        Hold { number, began: now, length, lease_over: now + lease, since: None }
    }

    /// When it ends, as far as can be said by now.
    pub(super) fn deadline(&self) -> Instant {
        let from = self.since.unwrap_or(self.began + TO_STOP);
        self.lease_over.min(from + self.length)
    }

    /// Everybody has been stopped since then. Who was before it began is held by it from its beginning on; what it counts from
    /// already stays.
    pub(super) fn count_from(&mut self, since: Instant) {
        self.since = self.since.or(Some(since.max(self.began)));
    }

    /// What of it lies between the two counts for nothing.
    pub(super) fn leave_out(&mut self, from: Instant, to: Instant) {
        self.since = self.since.map(|since| since + to.saturating_duration_since(from.max(since)));
    }

    /// For how long all of them were held, if it ends now.
    pub(super) fn time(&self, now: Instant) -> Duration {
        self.since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    #[test]
    fn what_is_left_out_of_it_is_not_held() {
        let began = clock::now();
        let at = |seconds| began + Duration::from_secs(seconds);
        let held = |since, gap: (u64, u64)| {
            let mut hold = Hold::beginning(began, 1, Duration::from_secs(9), Duration::from_secs(9));
            if let Some(since) = since {
                hold.count_from(at(since));
            }
            hold.leave_out(at(gap.0), at(gap.1));
            hold.time(at(9)).as_secs()
        };
        assert_eq!(held(Some(2), (3, 4)), 6);
        assert_eq!(held(Some(2), (1, 4)), 5, "of what began before it only what lies within it");
        assert_eq!(held(None, (3, 4)), 0);
    }

    #[test]
    fn it_counts_from_when_all_were_stopped_and_never_from_before_it_began() {
        let before = clock::now();
        let at = |seconds| before + Duration::from_secs(seconds);
        let mut hold = Hold::beginning(at(3), 1, Duration::from_secs(9), Duration::from_secs(9));
        hold.count_from(before);
        hold.count_from(at(5));
        assert_eq!(hold.time(at(9)), Duration::from_secs(6));
    }

    #[test]
    fn it_ends_so_long_after_all_were_stopped_and_with_its_lease_at_the_latest() {
        let began = clock::now();
        let at = |seconds| began + Duration::from_secs(seconds);
        let ends = |since| {
            let mut hold = Hold::beginning(began, 1, Duration::from_secs(5), Duration::from_secs(7));
            assert_eq!(hold.deadline(), at(5) + TO_STOP, "where not everybody is seen to be stopped");
            hold.count_from(at(since));
            hold.deadline()
        };
        assert_eq!([0, 1, 4].map(ends), [at(5), at(6), at(7)]);
        let mut hold = Hold::beginning(began, 1, Duration::from_secs(5), Duration::from_secs(7));
        hold.count_from(at(0));
        hold.leave_out(at(2), at(3));
        assert_eq!(hold.deadline(), at(6), "what counts for nothing is made up for");
    }
}
