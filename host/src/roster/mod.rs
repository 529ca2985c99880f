//! Who is there.

mod attached;
mod candidate;
mod follower;
mod methods;
mod objection;
mod silence;
mod victim;

pub use attached::Taken;
pub(crate) use attached::is_of;
pub use candidate::Candidate;
pub(crate) use follower::Follower;
pub use methods::Methods;
pub use victim::{Kind, Victim};

use crate::by_id::ById;
use attached::Attached;
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
    attached: Attached,
}

impl Roster {
    /// Adds a victim, unless it is one already and one of the two is attached: it would be struck twice.
    ///
    /// # Errors
    /// The victim that it is.
    pub fn admit(&self, candidate: Candidate) -> Result<Arc<Victim>, Taken> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        match state.taken(&candidate) {
            Some(taken) => Err(taken),
            None => Ok(state.add(candidate)),
        }
    }

    /// Adds a victim under the next id. Its name is the candidate's, with `#2` and so on where that is taken: nobody
    /// gets another's name, and a victim that comes back alone gets its old one.
    pub fn add(&self, candidate: Candidate) -> Arc<Victim> {
        self.state.write().unwrap_or_else(PoisonError::into_inner).add(candidate)
    }

    /// Removes a victim; its id is never given again.
    pub fn remove(&self, id: u64) -> Option<Arc<Victim>> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let victim = state.victims.remove(&id)?;
        state.names.remove(victim.name());
        state.attached.left(&victim);
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

    /// Everybody whom an operator may mean by a name, by id: the victim that has it, and those that are there and gave
    /// themselves the same. Nobody where no victim has it.
    pub fn called(&self, name: &str) -> Vec<Arc<Victim>> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let Some(id) = state.names.get(name) else { return Vec::new() };
        let is_meant =
            |victim: &&Arc<Victim>| victim.id() == *id || victim.wanted_name() == name && !victim.is_gone();
        let mut called: Vec<_> = state.victims.values().filter(is_meant).cloned().collect();
        called.sort_unstable_by_key(|victim| victim.id());
        called
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

    /// The victim that a candidate is already, where one of the two is attached.
    fn taken(&mut self, candidate: &Candidate) -> Option<Taken> {
        let (victim, is_first) = match candidate.kind {
            Kind::Attached => (self.victims.values().find(|victim| is_of(victim, &candidate.process))?, true),
            Kind::Linked | Kind::Wrapped | Kind::Inside => {
                let (id, is_first) = self.attached.is(candidate)?;
                (self.victims.get(&id)?, is_first)
            }
        };
        Some(Taken { victim: Arc::clone(victim), is_first })
    }

    fn add(&mut self, mut candidate: Candidate) -> Arc<Victim> {
        self.last += 1;
        let id = self.last;
        if candidate.methods == self.methods {
            candidate.methods.clone_from(&self.methods);
        } else {
            self.methods.clone_from(&candidate.methods);
        }
        let name: Arc<str> = self.free_name(&candidate.name).into();
        let victim = Arc::new(Victim::new(id, Arc::clone(&name), candidate));
        self.names.insert(name, id);
        self.victims.insert(id, Arc::clone(&victim));
        self.attached.came(&victim);
        self.tell(|follower| follower.arrived(&victim));
        victim
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
    pub(crate) use candidate::tests::{candidate, candidate_of};

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

    #[test]
    fn who_is_attached_is_a_victim_once_whichever_comes_first() {
        let roster = Roster::default();
        let processes = crate::identity::Processes::default();
        // One process for all of them.
        let of = |kind, name: &str| {
            let process = processes.own();
            Candidate { kind, worker: Arc::clone(&process), process, ..candidate(name) }
        };
        let attached = roster.admit(of(Kind::Attached, "attached")).unwrap();
        for (at, kind) in [Kind::Linked, Kind::Wrapped, Kind::Inside].into_iter().enumerate() {
            let taken = roster.admit(of(kind, "again")).unwrap_err();
            assert_eq!((taken.victim.id(), taken.is_first), (attached.id(), at == 0), "{kind}");
        }
        assert_eq!(roster.admit(of(Kind::Attached, "again")).unwrap_err().victim.id(), attached.id());
        roster.remove(attached.id()).unwrap();
        let linked = roster.admit(of(Kind::Linked, "linked")).unwrap();
        assert!(
            roster.admit(of(Kind::Linked, "twice")).is_ok(),
            "two workers of one process are its own affair"
        );
        assert_eq!(roster.len(), 2);
        let taken = roster.admit(of(Kind::Attached, "attached")).unwrap_err();
        assert_eq!(taken.victim.process().pid(), linked.process().pid());
    }
}
