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
    strangers: BTreeMap<u64, Stranger>,
}

/// A peer that is no victim, as far as we know.
#[derive(Debug, Clone)]
pub(crate) struct Stranger {
    pub(crate) connection: Connection,
    pub(crate) controller: Arc<ChaosController>,
}

impl Stranger {
    /// Has it make room for others.
    fn dismiss(self) {
        self.controller.complain(
            "a peer was disconnected to make room for others: it is no victim, and waits for no answer",
        );
        self.connection.close("others need the room: connect again when there is something to say");
    }

    fn is_idle(&self) -> bool {
        !self.controller.is_victim() && self.connection.transactions() == 0
    }
}

impl Connections {
    pub(crate) fn new(strangers: usize) -> Self {
        Self { strangers, state: Mutex::default() }
    }

    /// Adds a stranger's. If there are too many, the one that has waited for longest goes.
    pub(crate) fn add(&self, stranger: Stranger) {
        let dismissed = {
            let mut state = self.lock();
            if state.strangers.len() >= self.strangers {
                state.strangers.retain(|_, stranger| !stranger.controller.is_victim());
            }
            let full = state.strangers.len() >= self.strangers;
            let oldest = if full { state.take_oldest() } else { None };
            state.all.insert(stranger.connection.id(), stranger.connection.clone());
            state.strangers.insert(stranger.connection.id(), stranger);
            oldest
        };
        dismissed.into_iter().for_each(Stranger::dismiss);
    }

    /// The stranger that has waited for longest goes, if there is one.
    pub(crate) fn make_room(&self) {
        let oldest = self.lock().take_oldest();
        oldest.into_iter().for_each(Stranger::dismiss);
    }

    pub(crate) fn remove(&self, connection: &Connection) {
        let mut state = self.lock();
        state.strangers.remove(&connection.id());
        state.all.remove(&connection.id());
    }

    /// Waits until no call is in flight.
    pub(crate) async fn quiet(&self) {
        until(|| self.lock().all.values().all(|connection| connection.transactions() == 0)).await;
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
    fn take_oldest(&mut self) -> Option<Stranger> {
        let id = self.strangers.iter().find(|(_, stranger)| stranger.is_idle()).map(|(id, _)| *id)?;
        self.strangers.remove(&id)
    }
}

/// Waits until no call is in flight on one.
pub(crate) async fn quiet(connection: &Connection) {
    until(|| connection.transactions() == 0).await;
}

async fn until(is_quiet: impl Fn() -> bool) {
    while !is_quiet() {
        tokio::time::sleep(LOOK).await;
    }
}
