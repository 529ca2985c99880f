//! The clock of a test, which stands until the test moves it.

use std::collections::BTreeMap;
use std::task::Waker;
use std::time::Duration;

/// What is the least that anything takes, as at the host.
const SHORTEST: Duration = Duration::from_millis(1);

/// When something that was asked of the host comes: the moment, and a number that tells two of one moment apart.
pub(super) type Moment = (Duration, u64);

/// The time since the start of the run, and who waits for what.
#[derive(Default)]
pub(super) struct Clock {
    now: Duration,
    asked: u64,
    waiting: BTreeMap<Moment, Waiting>,
}

#[derive(Default)]
struct Waiting {
    /// Whose strike it is.
    victim: Option<u64>,
    waker: Option<Waker>,
}

impl Clock {
    pub(super) fn now(&self) -> Duration {
        self.now
    }

    /// The next multiple of an interval, and which one it is.
    pub(super) fn next_boundary(&self, interval: Duration) -> (u64, Duration) {
        let interval = interval.max(SHORTEST).as_nanos();
        let number = self.now.as_nanos() / interval + 1;
        let nanos = number * interval;
        let at = Duration::new((nanos / 1_000_000_000) as u64, (nanos % 1_000_000_000) as u32);
        (number as u64, at)
    }

    /// Something will come after this time.
    pub(super) fn after(&mut self, time: Duration, victim: Option<u64>) -> Moment {
        self.at(self.now + time.max(SHORTEST), victim)
    }

    /// Something will come then.
    pub(super) fn at(&mut self, time: Duration, victim: Option<u64>) -> Moment {
        self.asked += 1;
        let moment = (time, self.asked);
        self.waiting.insert(moment, Waiting { victim, waker: None });
        moment
    }

    /// Whether it has come, or was broken off; if not, who is to be woken.
    pub(super) fn has_come(&mut self, moment: Moment, waker: &Waker) -> bool {
        match self.waiting.get_mut(&moment) {
            Some(waiting) => waiting.waker = Some(waker.clone()),
            None => return true,
        }
        false
    }

    /// Nobody waits for it any more.
    pub(super) fn forget(&mut self, moment: Moment) {
        self.waiting.remove(&moment);
    }

    /// What is under way with this victim is broken off. Answers who is to be woken.
    pub(super) fn break_off(&mut self, victim: u64) -> Vec<Waker> {
        let broken = self.waiting.extract_if(.., |_, waiting| waiting.victim == Some(victim));
        broken.filter_map(|(_, waiting)| waiting.waker).collect()
    }

    /// When the next thing comes.
    pub(super) fn next(&self) -> Option<Duration> {
        self.waiting.first_key_value().map(|((time, _), _)| *time)
    }

    /// Moves on. Answers who is to be woken, in the order in which they waited.
    pub(super) fn reach(&mut self, time: Duration) -> Vec<Waker> {
        self.now = time;
        let later = self.waiting.split_off(&(time, u64::MAX));
        let come = std::mem::replace(&mut self.waiting, later);
        come.into_values().filter_map(|waiting| waiting.waker).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boundary_is_the_next_multiple() {
        let mut clock = Clock::default();
        let seconds = Duration::from_secs;
        assert_eq!(clock.next_boundary(seconds(30)), (1, seconds(30)));
        clock.reach(seconds(30));
        assert_eq!(clock.next_boundary(seconds(30)), (2, seconds(60)));
        clock.reach(seconds(100));
        assert_eq!(clock.next_boundary(seconds(30)), (4, seconds(120)));
        assert_eq!(clock.next_boundary(Duration::ZERO), (100_001, Duration::from_millis(100_001)));
    }
}
