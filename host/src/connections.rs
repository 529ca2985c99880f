//! The connections of a daemon, and who makes room when there are too many that only wait.

use crate::chaos::ChaosController;
use crate::clock::Clock;
use crate::descriptors::Descriptors;
use chaos_kitty_bus::{Closed, Connection, Limits, Side, Symbol};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::UnixStream;

/// How often it is looked whether the last answers are written: no event tells it, and it is over within a moment.
const LOOK: Duration = Duration::from_millis(2);

/// The most connections of peers that are no victims and have waited for a while, and the share of the descriptors that they may have at most.
const STRANGERS: u64 = 1024;
const STRANGERS_SHARE: u64 = 4;

/// How long what an effect came to gets to be told, once the victim's process has exited: its wrapper has to hear of that too, and
/// a busy machine takes its time. Nobody waits who has nothing under way.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Who has waited for less is spared: what it is about to say may lie in its socket, unread, in a crowd of newcomers.
const SPARED: Duration = Duration::from_secs(5);

/// How often it is looked for those who have to go: a look is at everybody, and a flood comes much faster.
const MAKE_ROOM: Duration = Duration::from_millis(100);

/// What whoever has to go is told.
const ROOM: &str = "others need the room: connect again when there is something to say";

/// Every connection, and which of them are strangers': peers that are no victims (yet).
///
/// A connection costs little, but who opens thousands and says nothing must not keep others out. There is no deadline for a
/// first word, since an operator's client may think for as long as it likes; there is a bound instead, and who has waited for
/// longest since it came or asked for something goes first. Newcomers may be more than that: their bound is the descriptors.
#[derive(Debug)]
pub(crate) struct Connections {
    /// How many strangers there may be.
    strangers: usize,
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    all: HashMap<u64, Connection>,
    /// Who has become a victim is taken out when room is needed.
    strangers: HashMap<u64, Stranger>,
    /// When it was last looked for those who have to go.
    looked: Duration,
}

/// A peer that is no victim, as far as we know.
#[derive(Debug, Clone)]
struct Stranger {
    connection: Connection,
    controller: Arc<ChaosController>,
}

impl Stranger {
    /// Since when it has waited, unless it is a victim by now or a call of its is in flight.
    fn waits_since(&self) -> Option<Duration> {
        self.controller.waits_since().filter(|_| self.connection.transactions() == 0)
    }

    /// Says goodbye to one that has been dismissed.
    fn close(self) {
        self.controller.complain(
            "a peer was disconnected to make room for others: it is no victim, and waits for no answer",
        );
        self.connection.close(ROOM);
    }
}

impl Connections {
    /// None yet, and room for as many as there may be descriptors.
    pub(crate) fn within(descriptors: Descriptors, clock: Clock) -> Self {
        let strangers = STRANGERS.min(descriptors.limit() / STRANGERS_SHARE) as usize;
        Self { strangers, clock, state: Mutex::default() }
    }

    /// Serves `chaos` on a connection, until that ends or the victim's process has exited.
    pub(crate) fn serve(
        self: &Arc<Self>,
        stream: UnixStream,
        controller: Arc<ChaosController>,
    ) -> Connection {
        let chaos = (Symbol::from("chaos"), controller.clone() as Arc<_>);
        let connection = Connection::start(stream, Side::Server, Limits::default(), vec![chaos]);
        self.add(Stranger { connection: connection.clone(), controller: Arc::clone(&controller) });
        let (connections, served) = (Arc::clone(self), connection.clone());
        tokio::spawn(async move {
            tokio::select! {
                _ = connection.closed() => {}
                () = controller.exited() => {
                    // What an effect came to may be on its way still, from a wrapper.
                    let _ = tokio::time::timeout(LAST_WORDS, quiet(&connection)).await;
                    connection.close("its process has exited");
                }
            }
            connections.remove(&connection);
            let why = connection.ended();
            if let Some(Closed::Protocol(error)) = why.as_deref() {
                controller.complain(&format!("a peer was disconnected, for it broke the protocol: {error}"));
            }
            let strays = connection.strays();
            if !strays.is_empty() {
                controller.complain(&format!("a peer has gone that said what meant nothing here: {strays}"));
            }
            controller.gone(&why.map(|why| why.to_string()).unwrap_or_default());
        });
        served
    }

    /// Adds a stranger's. If there are too many, those that have waited for longest go.
    fn add(&self, stranger: Stranger) {
        let now = self.clock.offset();
        let mut state = self.lock();
        state.all.insert(stranger.connection.id(), stranger.connection.clone());
        state.strangers.insert(stranger.connection.id(), stranger);
        if state.strangers.len() <= self.strangers || now < state.looked + MAKE_ROOM {
            return;
        }
        state.looked = now;
        state.strangers.retain(|_, stranger| stranger.controller.waits_since().is_some());
        let excess = state.strangers.len().saturating_sub(self.strangers);
        let dismissed = state.dismiss(excess, now.saturating_sub(SPARED));
        drop(state);
        dismissed.into_iter().for_each(Stranger::close);
    }

    /// The stranger that has waited for longest goes, if there is one, however short that was.
    pub(crate) fn make_room(&self) {
        let dismissed = self.lock().dismiss(1, self.clock.offset());
        dismissed.into_iter().for_each(Stranger::close);
    }

    fn remove(&self, connection: &Connection) {
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
    /// At most so many strangers can register no more, of those that have waited since then: who has for longest comes first.
    fn dismiss(&mut self, most: usize, since: Duration) -> Vec<Stranger> {
        let waits = |(id, stranger): (&u64, &Stranger)| Some((stranger.waits_since()?, *id));
        let mut waiting: Vec<_> =
            self.strangers.iter().filter_map(waits).filter(|(began, _)| *began <= since).collect();
        waiting.sort_unstable();
        let dismissed = waiting.into_iter().filter_map(|(began, id)| {
            let stranger = self.strangers.get(&id)?;
            // Whoever says something in this very moment may stay.
            if stranger.controller.dismiss(began, ROOM) { self.strangers.remove(&id) } else { None }
        });
        dismissed.take(most).collect()
    }
}

/// Waits until no call is in flight on one.
async fn quiet(connection: &Connection) {
    until(|| connection.transactions() == 0).await;
}

async fn until(is_quiet: impl Fn() -> bool) {
    while !is_quiet() {
        tokio::time::sleep(LOOK).await;
    }
}
