//! The run's clock: the one place of the host that reads the time.
#![expect(clippy::disallowed_methods, reason = "this module is where the host's time comes from")]

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Time as a run sees it: for ticks the wall clock is read once, at the start, and carried on by the monotonic clock.
///
/// A step of the system's clock during a run therefore neither repeats a tick nor skips one.
#[derive(Debug, Clone)]
pub struct Clock {
    started: Instant,
    started_at: SystemTime,
}

/// A point in time on two clocks: what lasts is counted on the one, days and hours are read from the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Since the start of the run, on the monotonic clock.
    pub offset: Duration,
    /// Since the Unix epoch, on the wall clock.
    pub wall: Duration,
}

impl Moment {
    /// What it was, or will be, at another time since the start of the run.
    pub(crate) fn at(self, offset: Duration) -> Self {
        let wall = (self.wall + offset).saturating_sub(self.offset);
        Self { offset, wall }
    }
}

/// The system's time zone.
pub fn time_zone() -> jiff::tz::TimeZone {
    jiff::tz::TimeZone::system()
}

/// One boundary of an interval: its number, counted from the start of the run, and when it comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Boundary {
    /// 1 for the first boundary after the start of the run.
    pub number: u64,
    /// Offset from the start of the run.
    pub offset: Duration,
}

impl Clock {
    /// Starts the run now.
    pub fn start() -> Self {
        Self { started: Instant::now(), started_at: SystemTime::now() }
    }

    /// A run that has lasted for a while.
    #[cfg(test)]
    pub(crate) fn started(ago: Duration) -> Self {
        Self { started: Instant::now() - ago, started_at: SystemTime::now() - ago }
    }

    /// Time since the start of the run.
    pub fn offset(&self) -> Duration {
        self.started.elapsed()
    }

    /// The wall clock's time now, since the Unix epoch: for records, which are compared with other programs'.
    pub fn wall(&self) -> Duration {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }

    /// Now, on both clocks.
    pub fn now(&self) -> Moment {
        Moment { offset: self.offset(), wall: self.wall() }
    }

    /// The next boundary of the interval.
    pub fn next_boundary(&self, interval: Duration) -> Boundary {
        self.boundary_after(self.offset(), interval)
    }

    /// The first boundary of the interval after an offset from the start of the run, be it past or to come.
    pub fn boundary_after(&self, offset: Duration, interval: Duration) -> Boundary {
        let start = self.started_at.duration_since(UNIX_EPOCH).unwrap_or_default();
        next_boundary(start, offset, interval)
    }

    /// Waits on the monotonic clock for an offset from the start of the run.
    pub async fn reach(&self, offset: Duration) {
        tokio::time::sleep_until((self.started + offset).into()).await;
    }
}

/// Boundaries are the wall clock's multiples of the interval, counted from the start of the run: two hosts with the
/// same configuration tick together, and a tick's number does not depend on when its operation was loaded.
fn next_boundary(start: Duration, offset: Duration, interval: Duration) -> Boundary {
    let interval = interval.as_nanos().max(1);
    let before = start.as_nanos() / interval;
    let next = (start + offset).as_nanos() / interval + 1;
    let nanos = next * interval - start.as_nanos();
    Boundary {
        number: (next - before) as u64,
        offset: Duration::new((nanos / 1_000_000_000) as u64, (nanos % 1_000_000_000) as u32),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    #[test]
    fn the_first_boundary_is_the_wall_clocks() {
        let boundary = next_boundary(at(100.25), at(0.0), at(30.0));
        assert_eq!(boundary, Boundary { number: 1, offset: at(19.75) });
    }

    #[test]
    fn numbers_count_from_the_start_of_the_run_also_when_ticks_were_missed() {
        assert_eq!(next_boundary(at(100.25), at(19.75), at(30.0)).number, 2);
        assert_eq!(
            next_boundary(at(100.25), at(200.0), at(30.0)),
            Boundary { number: 8, offset: at(229.75) }
        );
    }

    #[test]
    fn an_interval_of_a_nanosecond_or_none_does_not_divide_by_zero() {
        assert_eq!(next_boundary(at(1.0), at(1.0), Duration::ZERO).number, 1_000_000_001);
    }
}
