//! Whose turn it is, of each instance's generations.

use crate::clock::Boundary;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Boundaries that a generation was waiting for when it was over, by interval: the next one's.
pub(super) type Owed = BTreeMap<Duration, Boundary>;

/// Held by the generation that acts.
pub(super) type Turn = Arc<tokio::sync::Mutex<Owed>>;

/// One turn for each instance's name, and how many generations of it there have been.
#[derive(Debug, Default)]
pub(super) struct Turns(Mutex<HashMap<String, (Turn, u32)>>);

impl Turns {
    /// The turn that all generations of an instance share.
    pub(super) fn of(&self, instance: &str) -> Turn {
        self.with(instance, |(turn, _)| Arc::clone(turn))
    }

    /// The number of its next generation, from 1. Each is given once.
    pub(super) fn number(&self, instance: &str) -> u32 {
        self.with(instance, |(_, generations)| {
            *generations += 1;
            *generations
        })
    }

    fn with<T>(&self, instance: &str, look: impl FnOnce(&mut (Turn, u32)) -> T) -> T {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        look(turns.entry(instance.to_owned()).or_default())
    }
}
