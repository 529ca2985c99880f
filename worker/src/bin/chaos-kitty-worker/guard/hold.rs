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
        let mut hold = Hold { number: 1, deadline: at(9), since: Some(at(2)) };
        hold.leave_out(at(3), at(4));
        assert_eq!(hold.time(at(9)), Duration::from_secs(6));
        // Of what began before it only what lies within it.
        let mut hold = Hold { since: Some(at(2)), ..hold };
        hold.leave_out(at(1), at(4));
        assert_eq!(hold.time(at(9)), Duration::from_secs(5));
        let mut hold = Hold { since: None, ..hold };
        hold.leave_out(at(3), at(4));
        assert_eq!(hold.time(at(9)), Duration::ZERO);
    }
}
