//! Who is there, and in which health.

use super::by_id::ById;
use super::groups::{Group, Groups};
use crate::roster::Victim;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// Those who are there, and how many of each group are healthy.
#[derive(Debug, Default)]
pub(super) struct Attendance {
    victims: ById<Attendee>,
    /// Those whose silence is not over.
    silent: BTreeSet<u64>,
    /// Those who may still be ending, and until when, since the start of the run.
    lingering: ById<Duration>,
    /// By label: of those that some limit asks for.
    groups: BTreeMap<String, Groups>,
}

/// One who is there. It is healthy while none of these is so. There may be many of them, so each is small.
#[derive(Debug)]
pub(super) struct Attendee {
    pub(super) victim: Arc<Victim>,
    /// Under way.
    effects: u32,
    is_lingering: bool,
    is_silent: bool,
}

impl Attendee {
    pub(super) fn is_healthy(&self) -> bool {
        self.effects == 0 && !self.is_lingering && !self.is_silent
    }
}

impl Attendance {
    pub(super) fn arrive(&mut self, victim: &Arc<Victim>) {
        let attendee =
            Attendee { victim: Arc::clone(victim), effects: 0, is_lingering: false, is_silent: false };
        for (label, groups) in &mut self.groups {
            groups.arrive(victim.labels().get(label), attendee.is_healthy());
        }
        self.victims.insert(victim.id(), attendee);
    }

    pub(super) fn leave(&mut self, id: u64) -> Option<Attendee> {
        let attendee = self.victims.remove(&id)?;
        self.silent.remove(&id);
        self.lingering.remove(&id);
        for (label, groups) in &mut self.groups {
            groups.leave(attendee.victim.labels().get(label), attendee.is_healthy());
        }
        Some(attendee)
    }

    /// An effect begins on somebody.
    pub(super) fn begin(&mut self, id: u64) {
        self.change(id, |attendee| attendee.effects += 1);
    }

    /// An effect has ended on somebody who may have left.
    pub(super) fn end(&mut self, id: u64) {
        self.change(id, |attendee| attendee.effects -= 1);
    }

    /// Somebody may be ending, until then.
    pub(super) fn linger(&mut self, id: u64, until: Duration) {
        if self.victims.contains_key(&id) {
            let known = self.lingering.entry(id).or_default();
            *known = until.max(*known);
            self.change(id, |attendee| attendee.is_lingering = true);
        }
    }

    /// The time has come until which somebody lingered, or was silent.
    pub(super) fn recover(&mut self, id: u64, now: Duration) {
        if self.lingering.get(&id).is_some_and(|until| *until <= now) {
            self.lingering.remove(&id);
            self.change(id, |attendee| attendee.is_lingering = false);
        }
        self.look_at(id, now);
    }

    /// Sees whether somebody answers; else answers until when it rests.
    pub(super) fn look_at(&mut self, id: u64, now: Duration) -> Option<Duration> {
        let left = self.victims.get(&id)?.victim.is_silent_for(now);
        let is_changed = match left {
            Some(_) => self.silent.insert(id),
            None => self.silent.remove(&id),
        };
        if is_changed {
            self.change(id, |attendee| attendee.is_silent = left.is_some());
        }
        left.map(|left| now + left)
    }

    /// Looks again at those who did not answer. Answers whether one of them does.
    pub(super) fn look_at_silent(&mut self, now: Duration) -> bool {
        let before = self.silent.len();
        let silent: Vec<u64> = self.silent.iter().copied().collect();
        for id in silent {
            self.look_at(id, now);
        }
        self.silent.len() < before
    }

    /// Counts by the values of these labels from now on.
    pub(super) fn group_by<'a>(&mut self, labels: impl Iterator<Item = &'a str>) {
        self.groups = labels.map(|label| (label.to_owned(), Groups::default())).collect();
        for (label, groups) in &mut self.groups {
            for attendee in self.victims.values() {
                groups.arrive(attendee.victim.labels().get(label), attendee.is_healthy());
            }
        }
    }

    pub(super) fn get(&self, id: u64) -> Option<&Attendee> {
        self.victims.get(&id)
    }

    pub(super) fn count(&self) -> usize {
        self.victims.len()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Victim>> {
        self.victims.values().map(|attendee| &attendee.victim)
    }

    /// The value that a victim has of a label, and the group of those who have it too; none where it has no such label.
    pub(super) fn group<'a>(&self, label: &str, victim: &'a Victim) -> Option<(&'a str, Group)> {
        let value = victim.labels().get(label)?;
        Some((value, self.groups.get(label)?.of(value)))
    }

    /// All groups of a label.
    pub(super) fn groups(&self, label: &str) -> impl Iterator<Item = (&str, Group)> {
        self.groups.get(label).into_iter().flat_map(Groups::all)
    }

    fn change(&mut self, id: u64, change: impl FnOnce(&mut Attendee)) {
        let Some(attendee) = self.victims.get_mut(&id) else { return };
        let before = attendee.is_healthy();
        change(attendee);
        let now = attendee.is_healthy();
        if now != before {
            for (label, groups) in &mut self.groups {
                groups.turn(attendee.victim.labels().get(label), now);
            }
        }
    }

    /// Whether everyone is healthy, and counted as such.
    #[cfg(test)]
    pub(super) fn is_idle(&self) -> bool {
        let is_whole =
            |groups: &Groups| groups.all().all(|(_, group)| group.size == group.healthy && group.size > 0);
        self.silent.is_empty()
            && self.lingering.is_empty()
            && self.victims.values().all(Attendee::is_healthy)
            && self.groups.values().all(is_whole)
    }
}
