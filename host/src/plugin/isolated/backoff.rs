//! How long to wait before the next try.

use std::time::Duration;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(60);

/// Who ran for so long begins anew.
const GOOD: Duration = Duration::from_secs(60);

/// Twice as long each time, up to a minute.
#[derive(Default)]
pub(super) struct Backoff(Option<Duration>);

impl Backoff {
    /// What to wait after one that ran for so long.
    pub(super) fn after(&mut self, ran: Duration) -> Duration {
        let longer = self.0.filter(|_| ran < GOOD).map_or(FIRST, |before| LONGEST.min(2 * before));
        *self.0.insert(longer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_doubles_up_to_a_minute_and_begins_anew_after_a_good_one() {
        let mut backoff = Backoff::default();
        let waits: Vec<u64> = (0..8).map(|_| backoff.after(Duration::ZERO).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!([GOOD, Duration::ZERO].map(|ran| backoff.after(ran).as_secs()), [1, 2]);
    }
}
