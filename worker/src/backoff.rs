//! How long to wait before the next attempt to reach a host.

use std::time::Duration;

use crate::clock;

/// Doubles from its floor to its ceiling, each wait shortened by up to half at random, so that the workers of one host do not come
/// back all at once.
#[derive(Debug)]
pub(crate) struct Backoff {
    floor: Duration,
    ceiling: Duration,
    next: Duration,
}

impl Backoff {
    pub(crate) const fn between(floor: Duration, ceiling: Duration) -> Backoff {
        Backoff { floor, ceiling, next: floor }
    }

    pub(crate) fn next(&mut self) -> Duration {
        let wait = self.next;
        self.next = (wait * 2).min(self.ceiling);
        wait.mul_f64(1.0 - clock::jitter() / 2.0)
    }

    pub(crate) fn reset(&mut self) {
        self.next = self.floor;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_within_its_bounds_and_starts_again() {
        let mut backoff = Backoff::between(Duration::from_millis(50), Duration::from_secs(5));
        let waits: Vec<_> = (0..12).map(|_| backoff.next()).collect();
        assert!(waits[0] >= Duration::from_millis(25) && waits[0] <= Duration::from_millis(50));
        assert!(waits[11] >= Duration::from_millis(2500) && waits[11] <= Duration::from_secs(5));
        backoff.reset();
        assert!(backoff.next() <= Duration::from_millis(50));
    }
}
