//! Who is there.

mod candidate;
mod follower;
mod methods;
mod objection;
mod silence;
mod victim;

pub use candidate::Candidate;
pub(crate) use follower::Follower;
pub use methods::Methods;
pub use victim::{Kind, Victim};

use crate::by_id::ById;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, Weak};

/// The victims that are there, by id and by name.
#[derive(Debug, Default)]
pub struct Roster {
    state: RwLock<State>,
}

#[derive(Debug, Default)]
struct State {
    victims: ById<Arc<Victim>>,
    names: HashMap<Arc<str>, u64>,
    /// Where the search for a free number behind a name begins, so that 10,000 of one name do not search 10,000 times.
    next_number: HashMap<String, usize>,
    last: u64,
    /// What was declared last: as a rule the next one declares the same.
    methods: Option<Methods>,
    followers: Vec<Weak<dyn Follower>>,
}

impl Roster {
    /// Adds a victim under the next id. Its name is the candidate's, with `#2` and so on where that is taken: nobody
    /// gets another's name, and a victim that comes back alone gets its old one.
    pub fn add(&self, mut candidate: Candidate) -> Arc<Victim> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.last += 1;
        let id = state.last;
        if candidate.methods == state.methods {
            candidate.methods.clone_from(&state.methods);
        } else {
            state.methods.clone_from(&candidate.methods);
        }
        let name: Arc<str> = state.free_name(&candidate.name).into();
        let victim = Arc::new(Victim::new(id, Arc::clone(&name), candidate));
        state.names.insert(name, id);
        state.victims.insert(id, Arc::clone(&victim));
        state.tell(|follower| follower.arrived(&victim));
        victim
    }

    /// Removes a victim; its id is never given again.
    pub fn remove(&self, id: u64) -> Option<Arc<Victim>> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let victim = state.victims.remove(&id)?;
        state.names.remove(victim.name());
        let base = base(victim.name()).to_owned();
        state.next_number.remove(&base);
        state.tell(|follower| follower.left(id));
        Some(victim)
    }

    /// Tells somebody of those who are there, and of all who come and go from then on.
    pub(crate) fn tell(&self, follower: Weak<dyn Follower>) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(follower) = follower.upgrade() {
            state.all().iter().for_each(|victim| follower.arrived(victim));
        }
        state.followers.push(follower);
    }

    /// The victim with this id.
    pub fn get(&self, id: u64) -> Option<Arc<Victim>> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).victims.get(&id).cloned()
    }

    /// The victim with this name.
    pub fn named(&self, name: &str) -> Option<Arc<Victim>> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.victims.get(state.names.get(name)?).cloned()
    }

    /// Every victim, by id.
    pub fn all(&self) -> Vec<Arc<Victim>> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).all()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.state.read().unwrap_or_else(PoisonError::into_inner).victims.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl State {
    /// Every victim, by id.
    fn all(&self) -> Vec<Arc<Victim>> {
        let mut all: Vec<_> = self.victims.iter().collect();
        all.sort_unstable_by_key(|(id, _)| **id);
        all.into_iter().map(|(_, victim)| Arc::clone(victim)).collect()
    }

    fn tell(&self, of: impl Fn(&dyn Follower)) {
        self.followers.iter().filter_map(Weak::upgrade).for_each(|follower| of(&*follower));
    }

    fn free_name(&mut self, wanted: &str) -> String {
        if !self.names.contains_key(wanted) {
            return wanted.to_owned();
        }
        let next = self.next_number.entry(wanted.to_owned()).or_insert(2);
        loop {
            let name = format!("{wanted}#{next}");
            *next += 1;
            if !self.names.contains_key(&*name) {
                return name;
            }
        }
    }
}

fn base(name: &str) -> &str {
    name.rsplit_once('#').map_or(name, |(base, _)| base)
}

#[cfg(test)]
mod properties;

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    pub(crate) use candidate::tests::candidate;

    #[test]
    fn ids_are_sequential_and_never_given_again() {
        let roster = Roster::default();
        assert_eq!(roster.add(candidate("a")).id(), 1);
        assert_eq!(roster.add(candidate("b")).id(), 2);
        roster.remove(2).unwrap();
        assert_eq!(roster.add(candidate("c")).id(), 3);
        assert!(roster.remove(2).is_none() && roster.get(2).is_none());
    }

    #[test]
    fn a_name_is_one_victims_alone_and_comes_back_with_it() {
        let roster = Roster::default();
        let name = |name| roster.add(candidate(name)).name().to_owned();
        assert_eq!(
            (name("ruby"), name("ruby"), name("ruby")),
            ("ruby".into(), "ruby#2".into(), "ruby#3".into())
        );
        let second = roster.named("ruby#2").unwrap();
        roster.remove(second.id()).unwrap();
        assert_eq!(name("ruby"), "ruby#2");
        roster.remove(roster.named("ruby").unwrap().id()).unwrap();
        assert_eq!(name("ruby"), "ruby");
    }
}
