//! The run's clock: the one place of the host that reads the time.
#![expect(clippy::disallowed_methods, reason = "this module is where the host's time comes from")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Time as a run sees it: for ticks the wall clock is read once, at the start, and carried on by the monotonic clock.
///
/// A step of the system's clock during a run therefore neither repeats a tick nor skips one.
#[derive(Debug, Clone)]
pub struct Clock {
    started: Instant,
    started_at: SystemTime,
    /// From when on boundaries are counted: nanoseconds since the start of the run, or [`HELD`].
    counts_from: Arc<AtomicU64>,
}

/// No boundary is counted yet.
const HELD: u64 = u64::MAX;

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

/// One boundary of an interval: its number, counted from when chaos was first let go, and when it comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Boundary {
    /// 1 for the first boundary after that; 0 for all before it.
    pub number: u64,
    /// Offset from the start of the run.
    pub offset: Duration,
}

impl Clock {
    /// Starts the run now.
    pub fn start() -> Self {
        Self { started: Instant::now(), started_at: SystemTime::now(), counts_from: Arc::default() }
    }

    /// No boundary counts until [`Self::let_go`].
    ///
    /// A host that begins paused waits for victims, for probes, for its operator: how long that takes is not to decide
    /// which draws its chaos begins with.
    pub fn hold(&self) {
        self.counts_from.store(HELD, Ordering::SeqCst);
    }

    /// Boundaries count from now on, unless they do already.
    pub fn let_go(&self) {
        let now = u64::try_from(self.offset().as_nanos()).unwrap_or(HELD - 1);
        // An error: they do already.
        let _ = self.counts_from.compare_exchange(HELD, now, Ordering::SeqCst, Ordering::SeqCst);
    }

    /// A run that has lasted for a while.
    #[cfg(test)]
    pub(crate) fn started(ago: Duration) -> Self {
        Self {
            started: Instant::now() - ago,
            started_at: SystemTime::now() - ago,
            counts_from: Arc::default(),
        }
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
        let from = match self.counts_from.load(Ordering::SeqCst) {
            HELD => None,
            nanos => Some(Duration::from_nanos(nanos)),
        };
        next_boundary(start, from, offset, interval)
    }

    /// The same boundary, as it counts now.
    pub fn counted(&self, boundary: Boundary, interval: Duration) -> Boundary {
        self.boundary_after(boundary.offset.saturating_sub(Duration::from_nanos(1)), interval)
    }

    /// Waits on the monotonic clock for an offset from the start of the run.
    pub async fn reach(&self, offset: Duration) {
        tokio::time::sleep_until((self.started + offset).into()).await;
    }
}

/// Boundaries are the wall clock's multiples of the interval, counted `from` then: two hosts with the same configuration
/// tick together, and a tick's number does not depend on when its operation was loaded.
fn next_boundary(start: Duration, from: Option<Duration>, offset: Duration, interval: Duration) -> Boundary {
    let interval = interval.as_nanos().max(1);
    let next = (start + offset).as_nanos() / interval + 1;
    let before = from.map_or(next, |from| (start + from).as_nanos() / interval);
    let nanos = next * interval - start.as_nanos();
    Boundary {
        number: next.saturating_sub(before) as u64,
        offset: Duration::new((nanos / 1_000_000_000) as u64, (nanos % 1_000_000_000) as u32),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Option<Duration> = Some(Duration::ZERO);

    fn at(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    #[test]
    fn the_first_boundary_is_the_wall_clocks() {
        let boundary = next_boundary(at(100.25), START, at(0.0), at(30.0));
        assert_eq!(boundary, Boundary { number: 1, offset: at(19.75) });
    }

    #[test]
    fn numbers_count_from_the_start_of_the_run_also_when_ticks_were_missed() {
        assert_eq!(next_boundary(at(100.25), START, at(19.75), at(30.0)).number, 2);
        assert_eq!(
            next_boundary(at(100.25), START, at(200.0), at(30.0)),
            Boundary { number: 8, offset: at(229.75) }
        );
    }

    #[test]
    fn an_interval_of_a_nanosecond_or_none_does_not_divide_by_zero() {
        assert_eq!(next_boundary(at(1.0), START, at(1.0), Duration::ZERO).number, 1_000_000_001);
    }

    #[test]
    fn what_comes_before_chaos_is_let_go_does_not_count_and_it_is_let_go_once() {
        let number = |from, offset| next_boundary(at(100.25), from, at(offset), at(30.0)).number;
        assert_eq!((number(None, 0.0), number(None, 500.0)), (0, 0));
        let let_go = Some(at(42.0));
        // The boundaries are at 19.75, 49.75, 79.75 …
        assert_eq!([0.0, 20.0, 42.0, 50.0].map(|offset| number(let_go, offset)), [0, 1, 1, 2]);

        let (clock, interval) = (Clock::started(at(5.0)), at(0.02));
        clock.hold();
        let held = clock.next_boundary(interval);
        clock.let_go();
        let number = clock.counted(held, interval).number;
        assert_eq!((held.number, clock.counted(held, interval).offset), (0, held.offset));
        assert!(number <= 1, "it was the next one, or has passed meanwhile: {number}");
        clock.let_go();
        assert_eq!(clock.counted(held, interval).number, number);
    }
}
