//! Which victims belong to which instance.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

/// The victims of each instance, by id, with their names: what a pick chooses from.
#[derive(Debug, Default)]
pub(super) struct Memberships {
    victims: RwLock<HashMap<String, BTreeMap<u64, Arc<str>>>>,
}

impl Memberships {
    pub(super) fn add(&self, instance: &str, id: u64, name: Arc<str>) {
        let mut victims = self.victims.write().unwrap_or_else(PoisonError::into_inner);
        victims.entry(instance.to_owned()).or_default().insert(id, name);
    }

    /// Whether it was one of the instance's.
    pub(super) fn remove(&self, instance: &str, id: u64) -> bool {
        let mut victims = self.victims.write().unwrap_or_else(PoisonError::into_inner);
        victims.get_mut(instance).is_some_and(|victims| victims.remove(&id).is_some())
    }

    pub(super) fn count(&self, instance: &str) -> usize {
        self.with(instance, BTreeMap::len).unwrap_or(0)
    }

    pub(super) fn contains(&self, instance: &str, id: u64) -> bool {
        self.with(instance, |victims| victims.contains_key(&id)).unwrap_or(false)
    }

    /// Looks at the victims of an instance.
    pub(super) fn with<T>(
        &self,
        instance: &str,
        look: impl FnOnce(&BTreeMap<u64, Arc<str>>) -> T,
    ) -> Option<T> {
        self.victims.read().unwrap_or_else(PoisonError::into_inner).get(instance).map(look)
    }
}
