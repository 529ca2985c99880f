//! The pages of counters: the program's to write.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crate::order::TASKS;
use crate::report::Report;
use crate::rules::SLOTS;

/// What rules have hit.
#[repr(C, align(4096))]
pub struct Counters {
    /// How many times the library has mapped the table: once for each program that was executed.
    mapped: AtomicU32,
    slots: [Counter; SLOTS],
    reports: [Report; TASKS],
}

#[repr(C)]
struct Counter {
    calls: AtomicU64,
    hits: AtomicU64,
    /// When the first call was hit; 0 before.
    first: AtomicU64,
}

/// What a rule has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Calls that it was about.
    pub calls: u64,
    /// Those of them that it hit.
    pub hits: u64,
    /// When it hit the first of them, on the monotonic clock, in nanoseconds.
    pub first: Option<u64>,
    /// For how many nanoseconds it did not hold, since its wrapper was not heard of in time.
    pub lapsed: u64,
}

impl Counter {
    const fn none() -> Counter {
        Counter { calls: AtomicU64::new(0), hits: AtomicU64::new(0), first: AtomicU64::new(0) }
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

    /// There is a call that the rule in this slot is about: its number, from 0.
    pub fn call(&self, slot: usize) -> u64 {
        self.slots.get(slot).map_or(0, |counter| counter.calls.fetch_add(1, Ordering::Relaxed))
    }

    /// Hits a call, unless that was done so often already.
    pub fn hit(&self, slot: usize, times: u64, now: u64) -> bool {
        let Some(counter) = self.slots.get(slot) else { return false };
        let more = |hits: u64| (hits < times).then_some(hits + 1);
        if counter.hits.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_err() {
            return false;
        }
        let _ = counter.first.compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed);
        true
    }

    /// What the rule in this slot has come to.
    pub fn tally(&self, slot: usize) -> Tally {
        let none = Counter::none();
        let counter = self.slots.get(slot).unwrap_or(&none);
        let [calls, hits, first] =
            [&counter.calls, &counter.hits, &counter.first].map(|count| count.load(Ordering::Relaxed));
        Tally { calls, hits, first: Some(first).filter(|first| *first != 0), lapsed: 0 }
    }

    pub(crate) fn clear(&self, slot: usize) {
        let Some(counter) = self.slots.get(slot) else { return };
        for count in [&counter.calls, &counter.hits, &counter.first] {
            count.store(0, Ordering::Relaxed);
        }
    }
}
