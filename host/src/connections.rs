//! The connections of a daemon, and who makes room when there are too many that only wait.

use crate::chaos::ChaosController;
use chaos_kitty_bus::Connection;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How often it is looked whether the last answers are written: no event tells it, and it is over within a moment.
const LOOK: Duration = Duration::from_millis(2);

/// Every connection, and which of them are strangers': peers that are no victims (yet).
///
/// A connection costs little, but who opens thousands and says nothing must not keep others out. There is no deadline for a
/// first word, since an operator's client may think for as long as it likes; there is a bound instead, and who has waited for
/// longest goes first.
#[derive(Debug)]
pub(crate) struct Connections {
    /// How many strangers there may be.
    strangers: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    all: HashMap<u64, Connection>,
    /// By connection, so that the oldest comes first. Who has become a victim is taken out when room is needed.
    strangers: BTreeMap<u64, Arc<ChaosController>>,
}

impl Connections {
    pub(crate) fn new(strangers: usize) -> Self {
        Self { strangers, state: Mutex::default() }
    }

    /// Adds a stranger's; answers who has to make room for it, if somebody has.
    pub(crate) fn add(
        &self,
        connection: &Connection,
        controller: &Arc<ChaosController>,
    ) -> Option<(Connection, Arc<ChaosController>)> {
        let mut state = self.lock();
        if state.strangers.len() >= self.strangers {
            state.strangers.retain(|_, controller| !controller.is_victim());
        }
        let full = state.strangers.len() >= self.strangers;
        let oldest = if full { state.oldest_stranger() } else { None };
        state.all.insert(connection.id(), connection.clone());
        state.strangers.insert(connection.id(), Arc::clone(controller));
        oldest
    }

    pub(crate) fn remove(&self, connection: &Connection) {
        let mut state = self.lock();
        state.strangers.remove(&connection.id());
        state.all.remove(&connection.id());
    }

    /// The stranger that has waited for longest and has no call in flight. It is none any more for us.
    pub(crate) fn oldest_stranger(&self) -> Option<(Connection, Arc<ChaosController>)> {
        self.lock().oldest_stranger()
    }

    /// Waits until no call is in flight.
    pub(crate) async fn quiet(&self) {
        while self.lock().all.values().any(|connection| connection.transactions() > 0) {
            tokio::time::sleep(LOOK).await;
        }
    }

    pub(crate) fn close(&self, reason: &str) {
        // Closing runs what waits for it, which removes it here: so not under the lock.
        let all: Vec<Connection> = self.lock().all.values().cloned().collect();
        all.iter().for_each(|connection| connection.close(reason));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn oldest_stranger(&mut self) -> Option<(Connection, Arc<ChaosController>)> {
        let waits = |(id, controller): &(&u64, &Arc<ChaosController>)| {
            !controller.is_victim()
                && self.all.get(id).is_some_and(|connection| connection.transactions() == 0)
        };
        let oldest = self.strangers.iter().find(waits).map(|(id, _)| *id)?;
        Some((self.all.get(&oldest)?.clone(), self.strangers.remove(&oldest)?))
    }
}
