//! Frost: a program and all below it, held by the freezer of their control group.
//!
//! No parent sees it, and who is just being born is held too.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::time::Instant;

use chaos_kitty_worker::beside::OwnGroup;

use super::channel::Channel;
use super::freezer::{Freezer, Switch};
use super::insistence::insist;
use super::kin::{Kin, Root};
use super::message::Report;
use super::parole::Parole;
use super::process::Identity;
use crate::clock;

/// How often those are looked at who come and go.
const LOOKS: usize = 4;

/// Dropping it thaws.
#[derive(Debug)]
pub(super) struct Frost {
    freezer: Freezer,
    /// The inverse first: it is open before anybody is frozen.
    switch: Switch,
    ward: Identity,
    group: OwnGroup,
    /// When it was told to freeze; nothing while it is thawed.
    since: Option<Instant>,
    /// Since then all were.
    was_frozen: bool,
    /// At any time all were.
    has_held: bool,
    parole: Parole,
}

impl Frost {
    /// Where the ward and all that descend from it are in one group, and nobody else is. The attendant is told how to thaw it,
    /// before anything is frozen.
    pub(super) fn around(ward: Identity, channel: &Channel) -> Option<Frost> {
        let (freezer, group) = (0..LOOKS).find_map(|_| {
            let (freezer, group) = Freezer::of(ward.pid.as_raw_pid())?;
            let kin = Kin::of(Root::From(ward)).ok().filter(|kin| !kin.is_torn)?;
            let all: BTreeSet<i32> = group.members().iter().copied().collect();
            let are_all_in = kin.members.iter().all(|member| {
                all.contains(&member.identity.pid.as_raw_pid()) || !member.identity.has_not_ended()
            });
            (are_all_in && !kin.members.is_empty()).then_some((freezer, group))
        })?;
        let switch = freezer.held().ok()?;
        channel.send(&Report::Freezes { freezer: freezer.clone() }).ok()?;
        Some(Frost {
            freezer,
            switch,
            ward,
            group,
            since: None,
            was_frozen: false,
            has_held: false,
            parole: Parole::default(),
        })
    }

    /// How many are frozen.
    pub(super) fn count(&self) -> usize {
        if self.has_held { self.group.members().len() } else { 0 }
    }

    /// When they were told to freeze.
    pub(super) fn since(&self) -> Option<Instant> {
        self.since
    }

    /// How many are frozen with it who have nothing to do with it: they have entered the group since.
    pub(super) fn strangers(&self) -> usize {
        if self.since.is_some() { self.group.strangers() } else { 0 }
    }

    /// False where somebody was killed who cannot go while it is frozen.
    pub(super) fn are_held(&mut self) -> bool {
        let keeps_the_killed = self.since.is_some() && self.freezer.keeps_the_killed();
        !keeps_the_killed || !self.parole.is_wanted(&self.group.now())
    }

    /// True when all are frozen.
    pub(super) fn go_on(&mut self) -> bool {
        if self.parole.begins() && self.switch.thaw().is_ok() {
            (self.since, self.was_frozen) = (None, false);
        }
        if self.parole.lasts() {
            return false;
        }
        if self.since.is_none() {
            self.since = Some(clock::now());
            let _ = self.switch.freeze(); // an error: nobody is frozen, which is seen
        }
        self.was_frozen |= self.freezer.is_frozen();
        self.has_held |= self.was_frozen;
        self.was_frozen
    }

    pub(super) fn so_far(&mut self) -> (Option<Instant>, usize) {
        match self.since.is_some() && self.go_on() {
            true => (self.since, 0),
            false => (None, self.group.members().len()),
        }
    }

    /// Somebody has thawed it, or the ward was killed and cannot go while it is frozen.
    pub(super) fn is_let_go(&self) -> bool {
        let is_killed = || self.freezer.keeps_the_killed() && self.ward.is_about_to_be_killed();
        self.since.is_some() && (!self.freezer.is_on() || is_killed())
    }

    /// Thaws them, however long that takes: memory may be wanting, and nobody else does it.
    pub(super) fn undo(&mut self) {
        if self.since.take().is_some() {
            let fails = |error: &io::Error| {
                let (ward, group) = (self.ward.pid, self.freezer.folder().display());
                let _ = writeln!(
                    io::stderr(),
                    "the control group {group} of process {ward} cannot be thawed ({error}): it is tried until it can"
                );
            };
            insist(
                || self.switch.thaw().or_else(|error| if self.freezer.is_on() { Err(error) } else { Ok(()) }),
                fails,
            );
        }
        (self.was_frozen, self.has_held) = (false, false);
    }
}

impl Drop for Frost {
    fn drop(&mut self) {
        self.undo();
    }
}
