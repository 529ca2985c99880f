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
    /// The turn that all generations of an instance share, and the number of its next one, from 1. A number is given once,
    /// also where that generation is refused: what is under way is known by it.
    pub(super) fn next(&self, instance: &str) -> (Turn, u32) {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (turn, generations) = turns.entry(instance.to_owned()).or_default();
        *generations += 1;
        (Arc::clone(turn), *generations)
    }
}
