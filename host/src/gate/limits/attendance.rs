//! Who is there, and in which health; and who was there until we ended it.

use super::departed::Departed;
use super::groups::{Group, Groups, Membership};
use crate::by_id::ById;
use crate::roster::Victim;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

/// Those who are there, and how many of each group are healthy.
#[derive(Debug, Default)]
pub(super) struct Attendance {
    victims: ById<Attendee>,
    /// Those whose silence is not over.
    silent: BTreeSet<u64>,
    /// Those who left while what we did may have been why: killing somebody makes no group smaller.
    departed: ById<Departed>,
    /// Of each of these, by the name whose place it keeps. Who comes back under it takes the place.
    places: HashMap<Arc<str>, u64>,
    /// Of the labels that some limit asks for.
    groups: Vec<Groups>,
}

/// One who is there. It is healthy while none of these is so. There may be many of them, so each is small.
#[derive(Debug)]
pub(super) struct Attendee {
    pub(super) victim: Arc<Victim>,
    /// Under way.
    effects: u32,
    /// Strikes that may end it: under way, or over for less than the time for which they count.
    pub(super) endings: u32,
    is_silent: bool,
    /// Of each label that some limit asks for.
    pub(super) groups: Box<[Membership]>,
}

impl Attendee {
    pub(super) fn is_healthy(&self) -> bool {
        self.effects == 0 && self.endings == 0 && !self.is_silent
    }
}

impl Attendance {
    /// Somebody is there. Answers whose place it takes, if it is one's who has departed.
    pub(super) fn arrive(&mut self, victim: &Arc<Victim>) -> Option<u64> {
        let groups = self.groups.iter_mut();
        let groups = groups.map(|groups| groups.arrive(victim.labels().get(&groups.label), true)).collect();
        let victim = Arc::clone(victim);
        let (id, name) = (victim.id(), victim.name_handle());
        self.victims.insert(id, Attendee { victim, effects: 0, endings: 0, is_silent: false, groups });
        let before = self.places.get(&name).copied()?;
        self.forget(before);
        Some(before)
    }

    /// Somebody is not there any more. It keeps its place where a strike may have ended it.
    pub(super) fn leave(&mut self, id: u64) -> Option<Attendee> {
        let attendee = self.victims.remove(&id)?;
        self.silent.remove(&id);
        if attendee.endings > 0 {
            // Its groups keep it as they had it: not healthy.
            let departed = Departed::of(&attendee);
            self.places.insert(Arc::clone(&departed.name), id);
            self.departed.insert(id, departed);
            return Some(attendee);
        }
        for (groups, of) in self.groups.iter_mut().zip(&attendee.groups) {
            groups.leave(*of, attendee.is_healthy());
        }
        Some(attendee)
    }

    /// A place is not kept any more.
    fn forget(&mut self, id: u64) {
        let Some(departed) = self.departed.remove(&id) else { return };
        self.places.remove(&departed.name);
        for (groups, of) in self.groups.iter_mut().zip(&departed.groups) {
            groups.leave(*of, false);
        }
    }

    /// An effect begins on somebody, who may end of it.
    pub(super) fn begin(&mut self, id: u64, may_end: bool) {
        self.change(id, |attendee| {
            attendee.effects += 1;
            attendee.endings += u32::from(may_end);
        });
    }

    /// An effect has ended on somebody who may have left.
    pub(super) fn end(&mut self, id: u64) {
        self.change(id, |attendee| attendee.effects -= 1);
    }

    /// A strike that might have ended somebody does not count any more.
    pub(super) fn recover(&mut self, id: u64) {
        self.change(id, |attendee| attendee.endings -= 1);
        if let Some(departed) = self.departed.get_mut(&id) {
            departed.endings -= 1;
            if departed.endings == 0 {
                self.forget(id);
            }
        }
    }

    /// Whether somebody is there, or keeps its place.
    pub(super) fn counts(&self, id: u64) -> bool {
        self.victims.contains_key(&id) || self.departed.contains_key(&id)
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
        let labels: BTreeSet<&str> = labels.collect();
        self.groups = labels.into_iter().map(Groups::of).collect();
        let mut arrive = |labels: &BTreeMap<String, String>, is_healthy| {
            let groups = self.groups.iter_mut();
            groups.map(|groups| groups.arrive(labels.get(&groups.label), is_healthy)).collect()
        };
        for attendee in self.victims.values_mut() {
            attendee.groups = arrive(attendee.victim.labels(), attendee.is_healthy());
        }
        for departed in self.departed.values_mut() {
            departed.groups = arrive(&departed.labels, false);
        }
    }

    /// Somebody who is there.
    pub(super) fn get(&self, id: u64) -> Option<&Attendee> {
        self.victims.get(&id)
    }

    /// How many there are, with those who keep their places.
    pub(super) fn count(&self) -> usize {
        self.victims.len() + self.departed.len()
    }

    /// Everyone who is there.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Victim>> {
        self.victims.values().map(|attendee| &attendee.victim)
    }

    /// The group of those who have the same value of a label as somebody has; none where it has no such label.
    pub(super) fn group(&self, label: &str, attendee: &Attendee) -> Option<&Group> {
        let (groups, of) =
            self.groups.iter().zip(&attendee.groups).find(|(groups, _)| groups.label == label)?;
        groups.get(*of)
    }

    /// All groups of a label.
    pub(super) fn groups(&self, label: &str) -> impl Iterator<Item = &Group> {
        self.groups.iter().filter(move |groups| groups.label == label).flat_map(Groups::all)
    }

    fn change(&mut self, id: u64, change: impl FnOnce(&mut Attendee)) {
        let Some(attendee) = self.victims.get_mut(&id) else { return };
        let before = attendee.is_healthy();
        change(attendee);
        let now = attendee.is_healthy();
        if now != before {
            for (groups, of) in self.groups.iter_mut().zip(&attendee.groups) {
                groups.turn(*of, now);
            }
        }
    }

    /// Whether everyone is healthy, and counted as such.
    #[cfg(test)]
    pub(super) fn is_idle(&self) -> bool {
        let is_whole =
            |groups: &Groups| groups.all().all(|group| group.size == group.healthy && group.size > 0);
        self.silent.is_empty()
            && self.departed.is_empty()
            && self.places.is_empty()
            && self.victims.values().all(Attendee::is_healthy)
            && self.groups.iter().all(is_whole)
    }
}
