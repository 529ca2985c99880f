//! The pages of counters: the program's to write.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crate::lapses::Lapses;
use crate::order::TASKS;
use crate::report::Report;
use crate::rule::Rule;
use crate::rules::SLOTS;
use crate::time::now;

/// What rules have hit.
#[repr(C, align(4096))]
pub struct Counters {
    /// How many times the library has mapped the table: once for each program that was executed.
    mapped: AtomicU32,
    slots: [Counter; SLOTS],
    reports: [Report; TASKS],
}

/// On a line of a cache of its own: threads that are hit by different rules do not wait for each other.
#[repr(C, align(64))]
struct Counter {
    /// Calls that may be hit; of a rule that hits all of them they are not counted beside the hits.
    calls: AtomicU64,
    hits: AtomicU64,
    /// When the first call was hit; 0 before.
    first: AtomicU64,
}

/// What a rule has come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Calls that it was about.
    pub calls: u64,
    /// Those of them that it hit.
    pub hits: u64,
    /// When it hit the first of them, on the monotonic clock, in nanoseconds.
    pub first: Option<u64>,
    /// When it did not hold, since its wrapper was not heard of in time.
    pub lapses: Lapses,
}

impl Counter {
    const fn none() -> Counter {
        Counter { calls: AtomicU64::new(0), hits: AtomicU64::new(0), first: AtomicU64::new(0) }
    }

    /// Whether this call is one that is drawn, and has not been hit so often already.
    fn draw(&self, rule: &Rule) -> bool {
        let more = |hits: u64| (hits < rule.times).then_some(hits + 1);
        rule.is_drawn(self.calls.fetch_add(1, Ordering::Relaxed))
            && self.hits.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }
}

impl Counters {
    /// Where nothing was counted.
    pub const fn none() -> Counters {
        Counters {
            mapped: AtomicU32::new(0),
            slots: [const { Counter::none() }; SLOTS],
            reports: [const { Report::none() }; TASKS],
        }
    }

    /// The library is in a program.
    pub fn map(&self) {
        self.mapped.fetch_add(1, Ordering::Relaxed);
    }

    /// How often it was.
    pub fn mapped(&self) -> u32 {
        self.mapped.load(Ordering::Relaxed)
    }

    /// How far the task in this place is.
    pub fn report(&self, slot: usize) -> Option<&Report> {
        self.reports.get(slot)
    }

    /// There is a call that this rule, which is in this slot, is about: whether it hits it.
    #[inline]
    pub fn hit(&self, slot: usize, rule: &Rule) -> bool {
        let Some(counter) = self.slots.get(slot) else { return false };
        if rule.is_constant() {
            counter.hits.fetch_add(1, Ordering::Relaxed);
        } else if !counter.draw(rule) {
            return false;
        }
        if counter.first.load(Ordering::Relaxed) == 0 {
            let _ = counter.first.compare_exchange(0, now(), Ordering::Relaxed, Ordering::Relaxed);
        }
        true
    }

    /// What the rule in this slot has come to.
    pub fn tally(&self, slot: usize) -> Tally {
        let none = Counter::none();
        let counter = self.slots.get(slot).unwrap_or(&none);
        let [calls, hits, first] =
            [&counter.calls, &counter.hits, &counter.first].map(|count| count.load(Ordering::Relaxed));
        Tally {
            calls: calls.max(hits),
            hits,
            first: Some(first).filter(|first| *first != 0),
            lapses: Lapses::default(),
        }
    }

    pub(crate) fn clear(&self, slot: usize) {
        let Some(counter) = self.slots.get(slot) else { return };
        for count in [&counter.calls, &counter.hits, &counter.first] {
            count.store(0, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Call;
    use crate::deed::Deed;

    #[test]
    fn calls_and_hits_are_counted_whether_all_are_hit_or_some() {
        let counters = Counters::none();
        let all = Rule::about([Call::Read], Deed::Fail(5), 1, 2);
        let (some, three) = (Rule { threshold: u64::MAX / 2, ..all }, Rule { times: 3, ..all });
        let later = Rule { after: 90, ..all };
        for (slot, rule) in [all, some, three, later].iter().enumerate() {
            let hits = (0..100).filter(|_| counters.hit(slot, rule)).count() as u64;
            let tally = counters.tally(slot);
            assert_eq!((tally.calls, tally.hits), (100, hits), "{rule:?}");
            assert!(tally.first.is_some());
        }
        let [all, some, three, later] = [0, 1, 2, 3].map(|slot| counters.tally(slot).hits);
        assert!(all == 100 && (30..70).contains(&some) && three == 3, "{all} {some} {three}");
        assert_eq!(later, 10);
        counters.clear(0);
        assert_eq!(counters.tally(0), Tally { calls: 0, hits: 0, first: None, lapses: Lapses::default() });
    }
}
