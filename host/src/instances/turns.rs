//! Whose turn it is, of each instance's generations.

use crate::clock::Boundary;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Boundaries that a generation was waiting for when it left, by interval: the next one's.
pub(super) type Owed = BTreeMap<Duration, Boundary>;

/// Held by the generation that is handed ticks. Who asks for it waits in the order of asking.
pub(super) type Turn = Arc<tokio::sync::Mutex<Owed>>;

/// One turn for each instance's name.
#[derive(Debug, Default)]
pub(super) struct Turns(Mutex<HashMap<String, Turn>>);

impl Turns {
    /// The turn that all generations of an instance share.
    pub(super) fn of(&self, instance: &str) -> Turn {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(turns.entry(instance.to_owned()).or_default())
    }
}
