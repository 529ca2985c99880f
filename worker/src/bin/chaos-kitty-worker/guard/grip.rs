//! The grip: how everybody is held, by signals or by a freezer. Dropping it lets everybody go.

use std::time::{Duration, Instant};

use chaos_kitty_worker::beside::{Held, Means};

use super::channel::Channel;
use super::frost::Frost;
use super::stops::Stops;
use super::ward::Ward;

#[derive(Debug)]
pub(super) enum Grip {
    Signals(Stops),
    Freezer(Frost),
}

impl Grip {
    /// The one that this ward is to be held by: the freezer of its group, if that is its own, and we may. What we start is held
    /// by signals, since in its group there are others.
    pub(super) fn on(ward: &Ward, channel: &Channel) -> Grip {
        let frost = match ward {
            Ward::Child { .. } => None,
            Ward::Stranger { identity, .. } => Frost::around(*identity, channel),
        };
        frost.map_or_else(|| Grip::nobody(ward), Grip::Freezer)
    }

    /// One that holds nobody.
    pub(super) fn nobody(ward: &Ward) -> Grip {
        Grip::Signals(Stops::of(ward.root()))
    }

    /// What it has come to, but for the time.
    pub(super) fn held(&self) -> Held {
        let held = |processes: usize, missed: usize, strangers: usize, by| {
            let [processes, missed, strangers] = [processes, missed, strangers].map(|count| count as u64);
            Held { time: Duration::ZERO, processes, missed, strangers, by }
        };
        match self {
            Grip::Signals(stops) => held(stops.count(), stops.missed(), 0, Means::Signals),
            Grip::Freezer(frost) => held(frost.count(), 0, frost.strangers(), Means::Freezer),
        }
    }

    /// Whether it holds anybody.
    pub(super) fn has_somebody(&self) -> bool {
        match self {
            Grip::Signals(stops) => stops.count() > 0,
            Grip::Freezer(frost) => frost.count() > 0,
        }
    }

    /// Since when all have been held who are, once nobody is left: from when they were told to stop. None where somebody has not
    /// stopped in time.
    pub(super) fn since(&self) -> Option<Instant> {
        match self {
            Grip::Signals(stops) => stops.since().filter(|_| !stops.are_overdue()),
            Grip::Freezer(frost) => frost.since(),
        }
    }

    /// What there is by now of a hold that is not complete: since when those have been held who are, and how many go on.
    pub(super) fn so_far(&mut self) -> (Option<Instant>, usize) {
        match self {
            Grip::Signals(stops) => stops.so_far(),
            Grip::Freezer(frost) => frost.so_far(),
        }
    }

    /// Takes hold of whoever is next; true when there is nobody left.
    pub(super) fn go_on(&mut self, channel: &Channel) -> bool {
        match self {
            Grip::Signals(stops) => stops.go_on(channel),
            Grip::Freezer(frost) => frost.go_on(),
        }
    }

    /// Looks at those who are held, once all were: false where somebody goes on, or is to go, and [`Grip::go_on`] has to be called again.
    pub(super) fn are_held(&mut self) -> bool {
        match self {
            Grip::Signals(stops) => stops.are_held(),
            Grip::Freezer(frost) => frost.are_held(),
        }
    }

    /// Whether somebody may go on of whom the parent of the ward hears nothing.
    pub(super) fn are_several(&self) -> bool {
        match self {
            Grip::Signals(stops) => stops.are_several(),
            Grip::Freezer(_) => true,
        }
    }

    /// Whether somebody has not stopped in time, and is to be looked at again.
    pub(super) fn are_overdue(&self) -> bool {
        match self {
            Grip::Signals(stops) => stops.are_overdue(),
            Grip::Freezer(_) => false,
        }
    }

    /// Whether somebody else wishes that the ward goes on, or ends.
    pub(super) fn is_let_go(&self, ward: &Ward) -> bool {
        match self {
            Grip::Signals(stops) => stops.was_continued(ward.pid()),
            Grip::Freezer(frost) => frost.is_let_go(),
        }
    }

    /// Lets everybody go.
    pub(super) fn undo(&mut self) {
        match self {
            Grip::Signals(stops) => stops.undo(),
            Grip::Freezer(frost) => frost.undo(),
        }
    }
}
