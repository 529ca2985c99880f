//! How often there were strikes of late.

use std::collections::VecDeque;
use std::time::Duration;

/// The window that slides.
const MINUTE: Duration = Duration::from_secs(60);

/// The times of the strikes of the last minute, since the start of the run, in their order.
#[derive(Debug, Clone, Default)]
pub(super) struct Rate(VecDeque<Duration>);

impl Rate {
    /// There is a strike that is made then at the latest.
    pub(super) fn strike(&mut self, time: Duration) {
        // Almost always it is the last one: whoever comes before it is near the end, too.
        let later = self.0.iter().rev().take_while(|other| **other > time).count();
        self.0.insert(self.0.len() - later, time);
    }

    /// The strike of this time was none.
    pub(super) fn take_back(&mut self, time: Duration) {
        if let Some(at) = self.0.iter().rposition(|strike| *strike == time) {
            self.0.remove(at);
        }
    }

    /// How many there were in the minute that ends now. One of exactly a minute ago is none of them.
    pub(super) fn count(&mut self, now: Duration) -> usize {
        while self.0.front().is_some_and(|time| now.saturating_sub(*time) >= MINUTE) {
            self.0.pop_front();
        }
        self.0.len()
    }

    /// How long until there are fewer than `most`; nothing where there are.
    pub(super) fn wait(&mut self, most: usize, now: Duration) -> Option<Duration> {
        let above = self.count(now).checked_sub(most)?;
        self.0.get(above).map(|time| (*time + MINUTE).saturating_sub(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strike_counts_for_a_minute_and_the_window_slides() {
        let (mut rate, at) = (Rate::default(), Duration::from_secs);
        [10, 30, 50].into_iter().for_each(|second| rate.strike(at(second)));
        assert_eq!((rate.count(at(69)), rate.wait(3, at(69))), (3, Some(at(1))));
        assert_eq!(rate.wait(2, at(69)), Some(at(21)), "where fewer are allowed than there were");
        assert_eq!((rate.count(at(70)), rate.wait(3, at(70))), (2, None));
        assert_eq!(rate.count(at(200)), 0);
        assert!(rate.0.is_empty(), "what is over is not kept");
    }

    #[test]
    fn strikes_are_over_in_the_order_of_their_times() {
        let (mut rate, at) = (Rate::default(), Duration::from_secs);
        [30, 10, 50].into_iter().for_each(|second| rate.strike(at(second)));
        assert_eq!((rate.count(at(70)), rate.wait(2, at(70))), (2, Some(at(20))));
    }
}
