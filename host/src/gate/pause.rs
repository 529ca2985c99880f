//! The pause: chaos is held for as long as somebody holds it.

use crate::clock::Clock;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};

/// Who may hold chaos. Each releases its own hold, and no other's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// Whoever called `pause`, or began the host paused.
    Operator,
    /// The experiment that is under way, outside of its time for chaos.
    Experiment,
}

impl Holder {
    const ALL: [Self; 2] = [Self::Operator, Self::Experiment];

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Operator => "operator",
            Self::Experiment => "experiment",
        })
    }
}

/// Who holds chaos now.
#[derive(Debug, Default)]
pub(super) struct Pause(AtomicU8);

impl Pause {
    pub(super) fn hold(&self, holder: Holder) {
        self.0.fetch_or(holder.bit(), Ordering::SeqCst);
    }

    /// The ticks of the clock count from before the last hold is released.
    pub(super) fn release(&self, holder: Holder, clock: &Clock) {
        let mut held = self.0.load(Ordering::SeqCst);
        loop {
            let left = held & !holder.bit();
            if left == 0 {
                clock.let_go();
            }
            match self.0.compare_exchange(held, left, Ordering::SeqCst, Ordering::SeqCst) {
                Ok(_) => return,
                Err(now) => held = now,
            }
        }
    }

    pub(super) fn is_held(&self) -> bool {
        self.0.load(Ordering::SeqCst) != 0
    }

    pub(super) fn holders(&self) -> Vec<Holder> {
        let held = self.0.load(Ordering::SeqCst);
        Holder::ALL.into_iter().filter(|holder| held & holder.bit() != 0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn each_releases_its_own_hold_and_ticks_count_from_when_nobody_holds_it() {
        let (pause, clock) = (Pause::default(), Clock::start());
        clock.hold();
        let counts = || clock.next_boundary(Duration::from_nanos(1)).number > 0;
        pause.hold(Holder::Operator);
        pause.hold(Holder::Experiment);
        pause.hold(Holder::Operator);
        pause.release(Holder::Operator, &clock);
        assert_eq!((pause.holders(), counts()), (vec![Holder::Experiment], false));
        pause.release(Holder::Experiment, &clock);
        assert_eq!((pause.is_held(), counts()), (false, true));
    }
}
