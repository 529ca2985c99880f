//! What has happened, and what follows from it, counted anew each time.

use super::super::super::refusal::Rule;
use super::step::Who;
use crate::configuration::{Bounds, Healthy, Limits, Whose};
use crate::roster::Victim;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A strike, for ever.
#[derive(Debug, Clone)]
pub(super) struct Past {
    pub(super) who: Who,
    pub(super) victim: u64,
    /// At the latest.
    pub(super) made: u64,
    /// None while it is under way, and nobody knows until when.
    pub(super) over: Option<u64>,
    pub(super) irreversible: bool,
    /// It was admitted under limits that have seen it; since when a rate counts is a question of these.
    pub(super) epoch: usize,
}

/// Everything that ever happened, in seconds since the start.
#[derive(Default)]
pub(super) struct Model {
    pub(super) limits: Limits,
    /// How often there were other limits, and since which time each rate is there.
    pub(super) epoch: usize,
    pub(super) rated: Vec<(Option<Whose>, usize)>,
    pub(super) there: BTreeMap<u64, Arc<Victim>>,
    /// Everyone who ever came.
    pub(super) ever: BTreeMap<u64, Arc<Victim>>,
    pub(super) past: Vec<Past>,
    /// Until when.
    pub(super) silent: BTreeMap<u64, u64>,
    pub(super) now: u64,
}

impl Model {
    pub(super) fn scopes(&self) -> Vec<(Option<Whose>, Bounds)> {
        let own = self.limits.operations.iter().map(|own| (Some(own.whose.clone()), own.bounds.clone()));
        std::iter::once((None, self.limits.everyone.clone())).chain(own).collect()
    }

    fn is_under_way(&self, past: &Past) -> bool {
        past.over.is_none_or(|over| over > self.now)
    }

    fn of<'a>(&'a self, whose: Option<&'a Whose>) -> impl Iterator<Item = &'a Past> {
        self.past.iter().filter(move |past| past.who.is_of(whose) && self.is_under_way(past))
    }

    /// Whether it may end of this strike, or may have ended of it a moment ago, and has not come back.
    fn is_ending_of(&self, past: &Past) -> bool {
        let is_back = |id: u64| {
            let name = self.ever[&id].name();
            self.ever.range(id + 1..).any(|(_, later)| later.name() == name)
        };
        past.irreversible && past.over.is_none_or(|over| over + 10 > self.now) && !is_back(past.victim)
    }

    /// Those who are there, and those who count as if they were.
    fn counted(&self) -> BTreeSet<u64> {
        let ending = self.past.iter().filter(|past| self.is_ending_of(past)).map(|past| past.victim);
        self.there.keys().copied().chain(ending).collect()
    }

    fn is_healthy(&self, id: u64) -> bool {
        let spoils = |past: &Past| past.victim == id && (self.is_under_way(past) || self.is_ending_of(past));
        self.there.contains_key(&id)
            && !self.past.iter().any(spoils)
            && self.silent.get(&id).is_none_or(|until| *until <= self.now)
    }

    pub(super) fn effects(&self, whose: Option<&Whose>) -> usize {
        self.of(whose).count()
    }

    pub(super) fn victims(&self, whose: Option<&Whose>) -> BTreeSet<u64> {
        let counts = |past: &&Past| self.is_under_way(past) || self.is_ending_of(past);
        let own = self.past.iter().filter(|past| past.who.is_of(whose));
        own.filter(counts).map(|past| past.victim).collect()
    }

    /// Size, and how many are healthy.
    pub(super) fn group(&self, label: &str, value: &str) -> (usize, usize) {
        let is_member = |id: &u64| self.ever[id].labels().get(label).is_some_and(|own| own == value);
        let members: Vec<u64> = self.counted().into_iter().filter(is_member).collect();
        (members.len(), members.iter().filter(|id| self.is_healthy(**id)).count())
    }

    /// In the window of 60 s that ends now.
    pub(super) fn strikes(&self, whose: Option<&Whose>) -> usize {
        let since = self
            .rated
            .iter()
            .find(|(other, _)| other.as_ref() == whose)
            .map_or(usize::MAX, |(_, since)| *since);
        let counts = |past: &&Past| past.who.is_of(whose) && past.epoch >= since && past.made + 60 > self.now;
        self.past.iter().filter(counts).count()
    }

    /// Every limit that would not hold if the victim were struck, of this rule; `extra` is what the strike itself adds.
    pub(super) fn breaks(&self, who: Who, victim: &Victim, rule: Rule, slip: u64) -> bool {
        self.scopes().iter().filter(|(whose, _)| who.is_of(whose.as_ref())).any(|(whose, bounds)| {
            let whose = whose.as_ref();
            match rule {
                Rule::EffectsAtOnce => bounds.effects.is_some_and(|most| self.effects(whose) + 1 > most),
                Rule::VictimsAtOnce => bounds.victims.is_some_and(|most| {
                    let mut struck = self.victims(whose);
                    struck.insert(victim.id());
                    struck.len() > most.most(self.counted().len())
                }),
                Rule::HealthyVictims => bounds.healthy.iter().any(|Healthy { label, least }| {
                    victim.labels().get(label).is_some_and(|value| {
                        let (size, healthy) = self.group(label, value);
                        healthy - usize::from(self.is_healthy(victim.id())) < least.least(size)
                    })
                }),
                Rule::StrikesPerMinute => {
                    bounds.strikes_per_minute.is_some_and(|most| self.strikes(whose) + 1 > most)
                }
                Rule::Hours => {
                    let is_closed = |at: u64| at / 3600 % 24 >= 12;
                    bounds.calendar.is_some() && (is_closed(self.now) || is_closed(self.now + slip))
                }
                Rule::Protected => !bounds.protected.is_empty() && victim.wanted_name() == "base",
                Rule::NotOptedIn => {
                    bounds.opt_in.is_some() && victim.labels().get("chaos").is_none_or(|chaos| chaos != "yes")
                }
                _ => false,
            }
        })
    }
}
