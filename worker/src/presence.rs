//! What the application may know about its worker's thread, and how it is told to stop.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use crate::clock;
use crate::effects::Effects;

/// Shared between the handle in the application and the thread that talks to the host.
#[derive(Default)]
pub(crate) struct Presence {
    state: Mutex<State>,
    changed: Condvar,
    stop: Notify,
}

#[derive(Default)]
struct State {
    id: Option<u64>,
    effects: Option<Arc<Effects>>,
    stopping: bool,
    finished: bool,
}

impl Presence {
    /// The id that the host gave, while it is connected and has accepted us.
    pub(crate) fn id(&self) -> Option<u64> {
        self.state().id
    }

    /// Waits for an id.
    pub(crate) fn registered(&self, timeout: Duration) -> Option<u64> {
        self.wait(timeout, |state| state.id.is_some() || state.finished).id
    }

    /// Waits for the thread to be done; true when it is.
    pub(crate) fn finished(&self, timeout: Duration) -> bool {
        self.wait(timeout, |state| state.finished).finished
    }

    /// A connection begins: its effects are ours to end.
    pub(crate) fn connected(&self, effects: &Arc<Effects>) {
        let mut state = self.state();
        state.effects = Some(Arc::clone(effects));
        if state.stopping {
            effects.close();
        }
    }

    pub(crate) fn set_id(&self, id: u64) {
        self.state().id = Some(id);
        self.changed.notify_all();
    }

    /// The connection is gone; whatever it had begun is over.
    pub(crate) fn disconnected(&self) {
        let effects = {
            let mut state = self.state();
            state.id = None;
            state.effects.take()
        };
        if let Some(effects) = effects {
            effects.close();
        }
        self.changed.notify_all();
    }

    /// Ends the effects from the calling thread, since a method of the application's may be blocking the worker's, and
    /// asks that one to leave.
    pub(crate) fn stop(&self) {
        let effects = {
            let mut state = self.state();
            state.stopping = true;
            state.effects.clone()
        };
        if let Some(effects) = effects {
            effects.close();
        }
        self.stop.notify_one();
    }

    /// Resolves once [`Presence::stop`] was called.
    pub(crate) async fn stopped(&self) {
        while !self.state().stopping {
            self.stop.notified().await;
        }
    }

    pub(crate) fn finish(&self) {
        self.disconnected();
        self.state().finished = true;
        self.changed.notify_all();
    }

    fn wait(&self, timeout: Duration, until: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let deadline = clock::now() + timeout.min(Duration::from_secs(86_400 * 365));
        let mut state = self.state();
        while !until(&state) {
            let left = deadline.saturating_duration_since(clock::now());
            if left.is_zero() {
                break;
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
