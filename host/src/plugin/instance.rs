//! A running instance of an operation.

use std::sync::Arc;
use std::time::Duration;

use chaos_kitty_bus::Value;
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::commands::{self, STATUS};
use super::life::Life;
use super::{Fault, Introduction, Operation, State, run_thread, watchdog};

const REGISTER: &str = "register";
const REMOVE: &str = "remove";

/// Two threads of its own: on one its run is polled, on the other it is called. What it does on them costs itself alone.
///
/// Dropping it stops it.
pub struct Instance {
    life: Arc<Life>,
    gone: watch::Receiver<()>,
}

impl Instance {
    /// Starts it. Should there be no threads for it, it is retired from the beginning.
    pub fn start(operation: Operation, handle: &Handle) -> Self {
        Self::begin(operation, handle, false)
    }

    /// Starts it for a trial: should something go wrong with it, whoever tries it out tells that, until
    /// [`Instance::stays`].
    pub fn try_out(operation: Operation, handle: &Handle) -> Self {
        Self::begin(operation, handle, true)
    }

    fn begin(operation: Operation, handle: &Handle, on_trial: bool) -> Self {
        operation.life().set_on_trial(on_trial);
        let operation = Arc::new(operation);
        let (life, gone) = (operation.life().clone(), operation.gone());
        let started = commands::start(operation.clone()).and_then(|()| run_thread::start(operation));
        match started {
            Ok(()) => watchdog::start(&life, handle),
            Err(error) => life.fail(&format!("no thread can be had for it: {error}")),
        }
        Self { life, gone }
    }

    /// It has passed its trial, and tells what goes wrong from here on. False where it has ended before that, untold.
    pub fn stays(&self) -> bool {
        // In this order, and its end in the other: one of the two sees what the other did.
        self.life.set_on_trial(false);
        !self.life.is_over()
    }

    /// Waits until its run has come back from the first poll, or is over.
    pub async fn begun(&self) {
        self.life.begun().await;
    }

    /// How long its run has kept its thread in all.
    pub fn time_in_polls(&self) -> Duration {
        self.life.time_in_polls()
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.life.name()
    }

    /// How it is.
    pub fn state(&self) -> State {
        self.life.state()
    }

    /// Waits until it is in such a state, for instance [`State::is_retired`].
    pub async fn reach(&self, wanted: impl FnMut(&State) -> bool) -> State {
        self.life.reach(wanted).await
    }

    /// Tells it of a victim: at once, in the order of these calls, within a tokio runtime. The answer comes when its turn has
    /// come; who waits behind a call that takes longer than [`PATIENCE`](super::PATIENCE) is told so instead.
    ///
    /// # Errors
    /// What it has against the victim, that it panicked (and is retired), is retired, or does not come back.
    pub fn register(&self, victim: Introduction) -> impl Future<Output = Result<(), Fault>> + Send + use<> {
        commands::send(&self.life, REGISTER, move |calls| {
            calls.make(REGISTER, |operation| operation.register(&victim))
        })
    }

    /// Tells it of many victims as [`Instance::register`] does of each, and answers for each, in their order: one passing to
    /// its thread and back.
    ///
    /// # Errors
    /// As [`Instance::register`], where that goes for all of them.
    pub fn register_all(
        &self,
        victims: Vec<Introduction>,
    ) -> impl Future<Output = Result<Vec<Result<(), Fault>>, Fault>> + Send + use<> {
        commands::send(&self.life, REGISTER, move |calls| {
            calls.make(REGISTER, |operation| {
                operation.announce(&victims);
                Ok(())
            })?;
            let register = |victim| calls.make(REGISTER, |operation| operation.register(victim));
            Ok(victims.iter().map(register).collect())
        })
    }

    /// Tells it that a victim has gone; as [`Instance::register`].
    ///
    /// # Errors
    /// As [`Instance::register`].
    pub fn remove(&self, victim: u64) -> impl Future<Output = Result<(), Fault>> + Send + use<> {
        commands::send(&self.life, REMOVE, move |calls| {
            calls.make(REMOVE, |operation| operation.remove(victim))
        })
    }

    /// What it says about itself, with symbols for keys; as [`Instance::register`], but not waited for behind other calls for
    /// longer than [`PATIENCE`](super::PATIENCE).
    ///
    /// # Errors
    /// As [`Instance::register`], or that it is busy with other calls.
    pub fn status(&self) -> impl Future<Output = Result<Value, Fault>> + Send + use<> {
        commands::send(&self.life, STATUS, |calls| calls.make(STATUS, Operation::status))
    }

    /// Ends it: its run is dropped on its own thread, which nobody waits for, and whatever it asks from here on is
    /// refused.
    pub fn stop(&self) {
        self.stop_since("stopped");
    }

    /// Ends it for this reason.
    pub fn stop_since(&self, why: &str) {
        if self.life.retire(why) {
            tracing::debug!(instance = self.name(), "stopped");
        }
    }

    /// Waits until no thread of its is in the plugin any more.
    pub async fn gone(&self) {
        // It fails when there is nobody to send, which is what is waited for.
        let _ = self.gone.clone().changed().await;
    }

    /// What keeps a thread of its, where it is over.
    pub fn is_kept_by(&self) -> &'static str {
        if self.life.is_stuck_in_call() {
            "a call of its does not come back"
        } else {
            "its run does not come back"
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.stop();
    }
}
