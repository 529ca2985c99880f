//! The worker: the application's handle on being a victim.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crate::aside::panic_text;
use crate::builder::Builder;
use crate::link::Link;
use crate::presence::Presence;

/// How long stopping may take beyond the parting: longer than that only if a method of the application's blocks our thread, which
/// is then left to itself.
const PATIENCE: Duration = Duration::from_millis(800);

/// A running worker. Dropping it stops it: effects end, the host is left, the thread is joined.
///
/// It takes one thread, which sleeps while nothing happens. After `fork` the child has no worker: what was armed at its
/// fault points ends there by its lease. Start a worker of its own in the child, and prefer to fork before the first
/// fault point is hit, since a lock that another thread held while forking stays locked in the child.
#[must_use = "a worker that is dropped stops"]
pub struct Worker {
    presence: Arc<Presence>,
    thread: Option<JoinHandle<()>>,
    patience: Duration,
}

impl Worker {
    /// Begins to set one up.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// True while a host is connected and has accepted this worker.
    pub fn is_connected(&self) -> bool {
        self.id().is_some()
    }

    /// The id that the host gave to this victim; `None` while there is no host.
    pub fn id(&self) -> Option<u64> {
        self.presence.id()
    }

    /// Blocks until a host has accepted this worker, for at most `timeout`, and answers the id. For tests and for
    /// tools: an application should not care whether anyone is there.
    pub fn registered(&self, timeout: Duration) -> Option<u64> {
        self.presence.registered(timeout)
    }

    /// Ends all effects, leaves the host, and joins the thread: what dropping does, with a name.
    pub fn stop(self) {}

    pub(crate) fn run(link: Link) -> Worker {
        let (presence, patience) = (Arc::clone(&link.presence), link.way.parting() + PATIENCE);
        let shared = Arc::clone(&presence);
        let spawned = std::thread::Builder::new().name("chaos-kitty".to_owned()).spawn(move || {
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| live(link))) {
                tracing::error!(
                    message = panic_text(&*panic),
                    "the worker panicked and is gone, the application goes on"
                );
            }
            shared.finish();
        });
        if let Err(error) = &spawned {
            tracing::error!(%error, "the system gives no thread for the worker, the application goes on without");
            presence.finish();
        }
        Worker { presence, thread: spawned.ok(), patience }
    }
}

fn live(link: Link) {
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => {
            runtime.block_on(link.run());
            // Dropping the runtime drops the calls in progress, and each of them puts back what it did.
        }
        Err(error) => tracing::error!(%error, "the worker cannot start, the application goes on without"),
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.presence.stop();
        let Some(thread) = self.thread.take() else { return };
        // A handle that was moved into one of its own methods is dropped on its own thread.
        if thread.thread().id() != std::thread::current().id() && self.presence.finished(self.patience) {
            let _ = thread.join();
        }
    }
}
