//! A beat of a loop: its tick, and when the next one is due.

use crate::clock::{Boundary, Clock};
use std::time::Duration;

/// How much longer than asked for the strikes of a tick may take in all before they leave out the boundaries that pass: less is
/// a busy machine's doing, more is the victim's.
const SLIP: Duration = Duration::from_millis(100);

/// How late a boundary may be that is made up for. A busy machine is late by less; nobody wants the strikes of minutes at once
/// after one that stood still.
const LATEST: Duration = Duration::from_secs(10);

/// A tick that is open.
///
/// What comes next follows from what was asked for, not from when a busy machine got round to it: an effect that lasts leaves out
/// the boundaries within it, also where a dry run leaves the effect itself out, and all others are handed out one by one, late
/// ones at once. So the same decisions come of the same seed.
#[derive(Debug)]
pub(super) struct Beat {
    pub(super) boundary: Boundary,
    /// How far it has come if all that it struck took as long as was asked for, and all else no time: since the run's start.
    until: Duration,
    /// How much longer than asked for its strikes took.
    overrun: Duration,
}

impl Beat {
    pub(super) fn of(boundary: Boundary) -> Self {
        Self { boundary, until: boundary.offset, overrun: Duration::ZERO }
    }

    /// How far it has come: where what it strikes now begins.
    pub(super) fn until(&self) -> Duration {
        self.until
    }

    /// What began there is over: it was to last `asked`, and lasted `took`.
    pub(super) fn struck(&mut self, begun: Duration, asked: Duration, took: Duration) {
        self.until = self.until.max(begun + asked);
        self.overrun += took.saturating_sub(asked);
    }

    /// The boundary after it.
    pub(super) fn next(&self, clock: &Clock, interval: Duration) -> Boundary {
        let due = clock.boundary_after(self.until, interval);
        let allowed = if self.overrun > SLIP { Duration::ZERO } else { LATEST };
        if clock.offset() <= due.offset + allowed { due } else { clock.next_boundary(interval) }
    }

    /// Whether time went by that no strike of its took, if this is what came after it: boundaries are missing for no reason of
    /// the operation's.
    pub(super) fn was_late(&self, clock: &Clock, interval: Duration, next: &Boundary) -> bool {
        self.overrun <= SLIP && clock.boundary_after(self.until, interval).number < next.number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_millis(20);

    fn a_second_ago(clock: &Clock) -> Beat {
        let offset = clock.offset().saturating_sub(Duration::from_secs(1));
        Beat::of(clock.boundary_after(offset, INTERVAL))
    }

    /// One that has run for a while, without waiting for that.
    fn clock() -> Clock {
        Clock::started(LATEST * 2)
    }

    #[test]
    fn boundaries_are_made_up_for_one_by_one() {
        let clock = clock();
        let mut beat = a_second_ago(&clock);
        for number in beat.boundary.number + 1..beat.boundary.number + 40 {
            beat = Beat::of(beat.next(&clock, INTERVAL));
            assert_eq!(beat.boundary.number, number);
        }
    }

    #[test]
    fn what_lasts_leaves_out_what_falls_into_it_however_long_it_took() {
        let clock = clock();
        for took in [0, 50, 70] {
            let mut beat = a_second_ago(&clock);
            // Three intervals and a half, in two strikes one after the other.
            for asked in [30, 40].map(Duration::from_millis) {
                beat.struck(beat.until(), asked, Duration::from_millis(took));
            }
            assert_eq!(beat.next(&clock, INTERVAL).number, beat.boundary.number + 4, "{took}");
        }
    }

    #[test]
    fn what_begins_together_lasts_as_long_as_the_longest() {
        let clock = clock();
        let mut beat = a_second_ago(&clock);
        let begun = beat.until();
        for asked in [50, 10].map(Duration::from_millis) {
            beat.struck(begun, asked, asked);
        }
        assert_eq!(beat.next(&clock, INTERVAL).number, beat.boundary.number + 3);
    }

    #[test]
    fn what_a_victim_took_longer_for_and_what_is_long_past_is_not_made_up_for() {
        let clock = clock();
        let mut beat = a_second_ago(&clock);
        beat.struck(beat.until(), Duration::ZERO, Duration::from_millis(900));
        let next = beat.next(&clock, INTERVAL);
        assert!(next.offset + INTERVAL > clock.offset() && !beat.was_late(&clock, INTERVAL, &next));
        let beat = Beat::of(clock.boundary_after(Duration::from_secs(1), INTERVAL));
        let next = beat.next(&clock, INTERVAL);
        assert!(next.offset + INTERVAL > clock.offset() && beat.was_late(&clock, INTERVAL, &next));
    }
}
