//! Time that a loop spends within its tick: a strike, or a sleep.

use super::pace::Pace;
use crate::clock::Boundary;
use crate::gate::{InTick, Outcome};
use std::time::Duration;

/// A strike or a sleep, from when it is asked for until it is over.
pub(super) struct Spell<'a> {
    pace: &'a Pace,
    within: Option<Within>,
}

/// The tick that it belongs to.
pub(super) struct Within {
    pub(super) interval: Duration,
    pub(super) boundary: Boundary,
    /// When it begins, since the start of the run, if all before it took as long as was asked for.
    pub(super) begun: Duration,
}

impl<'a> Spell<'a> {
    pub(super) fn new(pace: &'a Pace, within: Option<Within>) -> Self {
        Self { pace, within }
    }

    /// The tick that it belongs to; none where several are open, or none is.
    pub(super) fn tick(&self) -> Option<InTick> {
        self.within.as_ref().map(|within| InTick { number: within.boundary.number, due: within.begun })
    }

    /// Waits until whose place is before its own has asked.
    pub(super) async fn turn(&self) {
        if let Some(within) = &self.within {
            self.pace.stand().turn(within.boundary).await;
        }
    }

    /// It takes its time: nobody waits for its loop meanwhile.
    pub(super) fn lasts(&self) {
        if let Some(within) = &self.within {
            self.pace.stand().go(within.interval);
        }
    }

    /// A strike has come to its outcome.
    pub(super) fn struck(&self, outcome: &Outcome) {
        let took = if outcome.dry_run { 0.0 } else { outcome.took };
        self.over(outcome.asked_time(), Duration::try_from_secs_f64(took).unwrap_or_default());
    }

    /// It is over: it was to last `asked`, and lasted `took`.
    pub(super) fn over(&self, asked: Duration, took: Duration) {
        if let Some(within) = &self.within {
            self.pace.with(within, |beat| beat.struck(within.begun, asked, took));
        }
    }
}

impl Drop for Spell<'_> {
    fn drop(&mut self) {
        if let Some(within) = &self.within {
            self.pace.with(within, |_| self.pace.stand().stay(within.interval, &within.boundary));
        }
    }
}
