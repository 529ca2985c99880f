//! The victims of one instance.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::Victim;

/// By id, which is the order in which they came. Kept by the SDK, so that no operation has to.
#[derive(Default)]
pub(crate) struct Victims(Mutex<BTreeMap<u64, Victim>>);

impl Victims {
    pub(crate) fn add(&self, victim: Victim) {
        self.lock().insert(victim.id(), victim);
    }

    pub(crate) fn take(&self, id: u64) -> Option<Victim> {
        self.lock().remove(&id)
    }

    pub(crate) fn get(&self, id: u64) -> Option<Victim> {
        self.lock().get(&id).cloned()
    }

    pub(crate) fn all(&self) -> Vec<Victim> {
        self.lock().values().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Victim>> {
        // No code of an author's runs under the lock, so that a panic elsewhere leaves it whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
