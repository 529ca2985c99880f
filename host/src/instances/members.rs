//! Which victims belong to an instance.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// The victims of one generation of an instance, by id, with their names: what a pick chooses from.
#[derive(Debug, Default)]
pub(super) struct Members(RwLock<BTreeMap<u64, Arc<str>>>);

impl Members {
    /// False where it was one already.
    pub(super) fn add(&self, id: u64, name: Arc<str>) -> bool {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(id, name).is_none()
    }

    /// Whether it was one.
    pub(super) fn remove(&self, id: u64) -> bool {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(&id).is_some()
    }

    /// Those that another one does not have.
    pub(super) fn not_of(&self, other: &Self) -> Vec<u64> {
        self.with(|victims| {
            other.with(|others| victims.keys().filter(|id| !others.contains_key(id)).copied().collect())
        })
    }

    pub(super) fn ids(&self) -> Vec<u64> {
        self.with(|victims| victims.keys().copied().collect())
    }

    pub(super) fn clear(&self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub(super) fn count(&self) -> usize {
        self.with(BTreeMap::len)
    }

    pub(super) fn contains(&self, id: u64) -> bool {
        self.with(|victims| victims.contains_key(&id))
    }

    /// Looks at them.
    pub(super) fn with<T>(&self, look: impl FnOnce(&BTreeMap<u64, Arc<str>>) -> T) -> T {
        look(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}
