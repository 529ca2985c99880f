//! The grip: how everybody is held, by signals or by a freezer. Dropping it lets everybody go.

use std::time::Instant;

use chaos_kitty_worker::beside::Means;

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

    pub(super) fn by(&self) -> Means {
        match self {
            Grip::Signals(_) => Means::Signals,
            Grip::Freezer(_) => Means::Freezer,
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        match self {
            Grip::Signals(stops) => stops.count(),
            Grip::Freezer(frost) => frost.count(),
        }
    }

    /// How many could not be held.
    pub(super) fn missed(&self) -> usize {
        match self {
            Grip::Signals(stops) => stops.missed(),
            Grip::Freezer(_) => 0,
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
    pub(super) fn go_on(&mut self) -> bool {
        match self {
            Grip::Signals(stops) => stops.go_on(),
            Grip::Freezer(frost) => frost.go_on(),
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
