//! The victims of one instance.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Victim;

/// Kept by the SDK, so that no operation has to.
#[derive(Default)]
pub(crate) struct Victims(Mutex<State>);

#[derive(Default)]
struct State {
    /// By id, which is the order in which they came.
    victims: BTreeMap<u64, Victim>,
    /// Lists of methods that victims share.
    lists: Vec<Arc<[String]>>,
}

/// Victims of one kind declare the same methods, and there are few kinds; beyond them each has a list of its own.
const KINDS: usize = 16;

impl Victims {
    pub(crate) fn add(&self, victim: Victim) {
        self.lock().victims.insert(victim.id(), victim);
    }

    pub(crate) fn take(&self, id: u64) -> Option<Victim> {
        self.lock().victims.remove(&id)
    }

    pub(crate) fn get(&self, id: u64) -> Option<Victim> {
        self.lock().victims.get(&id).cloned()
    }

    pub(crate) fn all(&self) -> Vec<Victim> {
        self.lock().victims.values().cloned().collect()
    }

    /// The same list of methods, in the copy that other victims have.
    pub(crate) fn share(&self, methods: Arc<[String]>) -> Arc<[String]> {
        let lists = &mut self.lock().lists;
        if let Some(known) = lists.iter().find(|known| **known == methods) {
            return Arc::clone(known);
        }
        lists.retain(|list| Arc::strong_count(list) > 1);
        if lists.len() < KINDS {
            lists.push(Arc::clone(&methods));
        }
        methods
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code of an author's runs under the lock, so that a panic elsewhere leaves it whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn victims_of_a_kind_share_a_list_for_as_long_as_one_of_them_is_there() {
        let victims = Victims::default();
        let list = |name: &str| Arc::from([name.to_owned()]);
        let first = victims.share(list("delay"));
        assert!(Arc::ptr_eq(&first, &victims.share(list("delay"))));
        assert!(!Arc::ptr_eq(&first, &victims.share(list("signal"))));
        drop(first);
        let _kinds: Vec<_> = (0..2 * KINDS).map(|kind| victims.share(list(&kind.to_string()))).collect();
        assert_eq!(victims.lock().lists.len(), KINDS);
        assert!(victims.lock().lists.iter().all(|list| list[0] != "delay"));
    }
}
