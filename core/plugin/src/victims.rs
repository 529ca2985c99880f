//! The victims of one instance.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::Victim;

/// In the order in which they came. Kept by the SDK, so that no operation has to.
#[derive(Default)]
pub(crate) struct Victims(Mutex<Vec<Victim>>);

impl Victims {
    pub(crate) fn add(&self, victim: Victim) {
        let mut victims = self.lock();
        // A new generation is told again of who is there.
        victims.retain(|known| known.id() != victim.id());
        victims.push(victim);
    }

    pub(crate) fn take(&self, id: u64) -> Option<Victim> {
        let mut victims = self.lock();
        let index = victims.iter().position(|victim| victim.id() == id)?;
        Some(victims.remove(index))
    }

    pub(crate) fn get(&self, id: u64) -> Option<Victim> {
        self.lock().iter().find(|victim| victim.id() == id).cloned()
    }

    pub(crate) fn all(&self) -> Vec<Victim> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Victim>> {
        // No code of an author's runs under the lock, so that a panic elsewhere leaves it whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
