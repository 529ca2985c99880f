//! A hold: a delay as the fault points see it, and how long it held somebody.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::clock;
use crate::lease::Lease;
use crate::pattern::Pattern;

/// Keeps whoever hits a matching fault point until its lease is over.
#[derive(Debug)]
pub(crate) struct Hold {
    pattern: Pattern,
    lease: Arc<Lease>,
    tally: Mutex<Tally>,
}

#[derive(Debug, Default)]
struct Tally {
    inside: usize,
    since: Option<Instant>,
    held: Duration,
    hits: u64,
}

impl Hold {
    pub(crate) fn new(pattern: Pattern, lease: Arc<Lease>) -> Arc<Hold> {
        Arc::new(Hold { pattern, lease, tally: Mutex::default() })
    }

    pub(crate) fn matches(&self, name: &str) -> bool {
        self.pattern.matches(name)
    }

    pub(crate) fn lease(&self) -> &Arc<Lease> {
        &self.lease
    }

    /// Counts a hit; the caller is held until the answer is dropped.
    pub(crate) fn enter(self: &Arc<Self>) -> Held {
        let mut tally = self.tally();
        tally.hits += 1;
        tally.inside += 1;
        if tally.inside == 1 {
            tally.since = Some(clock::now());
        }
        Held(Arc::clone(self))
    }

    /// How long at least one caller was held (overlaps count once), and how many hits there were.
    pub(crate) fn observed(&self) -> (Duration, u64) {
        let now = self.lease.ended_at().unwrap_or_else(clock::now);
        let tally = self.tally();
        let open = tally.since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        (tally.held + open, tally.hits)
    }

    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One caller that is being held.
#[derive(Debug)]
pub(crate) struct Held(Arc<Hold>);

impl Held {
    pub(crate) fn lease(&self) -> &Arc<Lease> {
        self.0.lease()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // A caller may leave late because another hold had it longer: this one held it until its own end only.
        let now = self.0.lease.ended_at().unwrap_or_else(clock::now);
        let mut tally = self.0.tally();
        tally.inside -= 1;
        if tally.inside == 0
            && let Some(since) = tally.since.take()
        {
            tally.held += now.saturating_duration_since(since);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlapping_callers_are_counted_once_in_time_and_each_in_hits() {
        let lease = Lease::of(Duration::from_secs(3600));
        let hold = Hold::new(Pattern::default(), Arc::clone(&lease));
        let since = clock::now();
        let (one, two) = (hold.enter(), hold.enter());
        lease.wait_until(clock::now() + Duration::from_millis(5));
        lease.end();
        let (held, hits) = hold.observed();
        assert_eq!(hits, 2);
        assert!(held >= Duration::from_millis(5), "{held:?}");
        assert!(held <= clock::now() - since, "counted once");
        drop(one);
        drop(two);
        assert_eq!(hold.observed(), (held, hits), "leaving after the end adds nothing");
    }

    #[test]
    fn nobody_there_is_nobody_held() {
        let lease = Lease::of(Duration::from_millis(1));
        let hold = Hold::new(Pattern::default(), Arc::clone(&lease));
        lease.wait();
        assert_eq!(hold.observed(), (Duration::ZERO, 0));
    }
}
