//! The life of one instance: what its threads, the bridge and the watchdog know together.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::Thread;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::commands::Orders;
use super::{PATIENCE, State};

/// Ends once, by [`Life::retire`], which nobody has to wait for.
pub(super) struct Life {
    name: String,
    over: AtomicBool,
    condition: watch::Sender<Condition>,
    /// Odd while the instance's thread is inside the plugin.
    polls: AtomicU64,
    /// Nanoseconds that the polls have taken which are over.
    in_polls: AtomicU64,
    /// Its run is another process's, which tells when that has begun.
    elsewhere: AtomicBool,
    /// Nobody looks at `polls` until `entered` says that there is something to see.
    unwatched: AtomicBool,
    entered: Arc<Notify>,
    runner: OnceLock<Thread>,
    /// The only sender: the thread at the other end stops when it is gone.
    orders: Mutex<Option<Orders>>,
}

/// An instance can be stuck in its run and in a call, each of which may end on its own.
#[derive(Clone, Default)]
struct Condition {
    /// Whoever tries it out tells what becomes of it. None until it is started.
    on_trial: Option<bool>,
    retired: Option<String>,
    restarting: Option<String>,
    /// Its run has come back from the first poll.
    begun: bool,
    in_run: Option<String>,
    in_call: Option<String>,
    /// The call under way, and since when.
    call: Option<(&'static str, Instant)>,
}

impl Condition {
    fn state(&self) -> State {
        let why = |why: &String| why.clone();
        if let Some(why) = self.retired.as_ref().map(why) {
            return State::Retired { why };
        }
        if let Some(why) = self.restarting.as_ref().map(why) {
            return State::Restarting { why };
        }
        match self.in_run.as_ref().or(self.in_call.as_ref()).map(why) {
            Some(why) => State::Stuck { why },
            None => State::Running,
        }
    }
}

impl Life {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            over: AtomicBool::new(false),
            condition: watch::Sender::new(Condition::default()),
            polls: AtomicU64::new(0),
            in_polls: AtomicU64::new(0),
            elsewhere: AtomicBool::new(false),
            unwatched: AtomicBool::new(false),
            entered: Arc::default(),
            runner: OnceLock::new(),
            orders: Mutex::new(None),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn state(&self) -> State {
        self.condition.borrow().state()
    }

    /// Waits until the state is such. It outlives nobody: without the instance it waits for ever.
    pub(super) async fn reach(&self, mut wanted: impl FnMut(&State) -> bool) -> State {
        let mut changes = self.condition.subscribe();
        let reached = changes.wait_for(|condition| wanted(&condition.state())).await;
        reached.map_or_else(|_| self.state(), |condition| condition.state())
    }

    /// Waits until its run has come back from the first poll, or is over.
    pub(super) async fn begun(&self) {
        let mut changes = self.condition.subscribe();
        let _ = changes.wait_for(|condition| condition.begun || condition.retired.is_some()).await;
    }

    /// Its run has come back from the first poll, in whichever process that is.
    pub(super) fn begin(&self) {
        self.condition.send_modify(|condition| condition.begun = true);
    }

    /// Its run is in another process: that the thread here has come back from a poll says nothing of it.
    pub(super) fn set_elsewhere(&self) {
        self.elsewhere.store(true, Ordering::Release);
    }

    pub(super) fn is_elsewhere(&self) -> bool {
        self.elsewhere.load(Ordering::Acquire)
    }

    /// From here on its end by a fault is told by whoever tries it out, or again by itself.
    pub(super) fn set_on_trial(&self, on_trial: bool) {
        self.condition.send_modify(|condition| condition.on_trial = Some(on_trial));
    }

    /// Whether it is tried out; waits until it is started, which decides that.
    pub(super) async fn is_on_trial(&self) -> bool {
        let mut changes = self.condition.subscribe();
        let started = changes.wait_for(|condition| condition.on_trial.is_some()).await;
        started.is_ok_and(|condition| condition.on_trial == Some(true))
    }

    /// Waits until its trial is over, if it is on one. True where it has passed, or there was none.
    pub(super) async fn has_passed(&self) -> bool {
        let mut changes = self.condition.subscribe();
        let over = |condition: &Condition| condition.retired.is_some() || condition.on_trial != Some(true);
        changes.wait_for(over).await.is_ok_and(|condition| condition.retired.is_none())
    }

    pub(super) fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }

    /// Ends it. True for the first who does; only that one's reason stays.
    pub(super) fn retire(&self, why: &str) -> bool {
        self.end(why, || {})
    }

    /// Ends it because something went wrong, and says so: once, whoever else has a reason later.
    pub(super) fn fail(&self, why: &str) {
        self.end(why, || {
            let name = self.name();
            if self.condition.borrow().on_trial != Some(true) {
                tracing::error!(
                    instance = name,
                    "retired: {why}; it strikes no more until it is reloaded (chaos-kitty operations reload {name})"
                );
            }
        });
    }

    fn end(&self, why: &str, tell: impl FnOnce()) -> bool {
        if self.over.swap(true, Ordering::SeqCst) {
            return false;
        }
        // Before anything comes of it.
        tell();
        self.condition.send_modify(|condition| condition.retired = Some(why.to_owned()));
        self.orders().take();
        self.entered.notify_one();
        if let Some(runner) = self.runner.get() {
            runner.unpark();
        }
        true
    }

    /// Says that it is stuck in its run, or no more. True if that is news.
    pub(super) fn set_stuck(&self, why: Option<String>) -> bool {
        self.condition.send_if_modified(|condition| {
            let news = condition.in_run.is_some() != why.is_some();
            if news {
                condition.in_run = why;
            }
            news
        })
    }

    /// Says that it waits for its next process, or no more.
    pub(super) fn set_restarting(&self, why: Option<String>) {
        self.condition.send_modify(|condition| condition.restarting = why);
    }

    /// Makes a call, which may stay inside the plugin for ever.
    pub(super) fn call<T>(&self, name: &'static str, plugin: impl FnOnce() -> T) -> T {
        self.condition.send_if_modified(|condition| {
            condition.call = Some((name, Instant::now()));
            false // to those who wait for a state
        });
        let result = plugin();
        let came_back = self.condition.send_if_modified(|condition| {
            condition.call = None;
            condition.in_call.take().is_some()
        });
        if came_back {
            tracing::info!(instance = self.name(), "came back from a call");
        }
        result
    }

    /// Until when the call under way has time; with none under way, one that begins now would. Past that it is stuck in the
    /// call, which is said once: nothing then.
    pub(super) fn patience(&self) -> Option<Instant> {
        let mut until = Some(Instant::now() + PATIENCE);
        let mut late = None;
        // In one step: what comes back meanwhile is not stuck.
        self.condition.send_if_modified(|condition| {
            let Some((name, began)) = condition.call else { return false };
            until = Some(began + PATIENCE).filter(|until| *until > Instant::now());
            let news = until.is_none() && condition.in_call.is_none() && condition.retired.is_none();
            if news {
                condition.in_call = Some(silence(name));
                late = Some(name);
            }
            news
        });
        if let Some(name) = late {
            let why = silence(name);
            tracing::warn!(instance = self.name(), "stuck: {why}; nothing else waits for it");
        }
        until
    }

    pub(super) fn is_stuck_in_call(&self) -> bool {
        self.condition.borrow().in_call.is_some()
    }

    /// To be called by the instance's thread, before it looks whether the life is over.
    pub(super) fn set_runner(&self, thread: Thread) {
        let _ = self.runner.set(thread);
    }

    /// Runs what may stay inside the plugin for ever.
    pub(super) fn inside<T>(&self, plugin: impl FnOnce() -> T) -> T {
        // In this order, and `unwatch` in the other: one of the two sees what the other did.
        self.polls.fetch_add(1, Ordering::SeqCst);
        if self.unwatched.swap(false, Ordering::SeqCst) {
            self.entered.notify_one();
        }
        let entered = Instant::now();
        let result = plugin();
        let nanoseconds = u64::try_from(entered.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.in_polls.fetch_add(nanoseconds, Ordering::Relaxed);
        self.polls.fetch_add(1, Ordering::SeqCst);
        result
    }

    /// How long its run has kept its thread in all.
    pub(super) fn time_in_polls(&self) -> Duration {
        Duration::from_nanos(self.in_polls.load(Ordering::Relaxed))
    }

    /// The watchdog's eyes are closed from here on. False where it should keep them open: the thread has just entered.
    pub(super) fn unwatch(&self) -> bool {
        self.unwatched.store(true, Ordering::SeqCst);
        self.polls.load(Ordering::SeqCst).is_multiple_of(2)
    }

    /// Wakes the watchdog: when the thread enters the plugin unwatched, and when the life is over.
    pub(super) fn entered(&self) -> Arc<Notify> {
        Arc::clone(&self.entered)
    }

    /// Odd while the instance's thread is inside the plugin; another number at each entry.
    pub(super) fn polls(&self) -> u64 {
        self.polls.load(Ordering::Relaxed)
    }

    pub(super) fn open(&self, orders: Orders) {
        if !self.is_over() {
            self.orders().replace(orders);
        }
    }

    pub(super) fn orders(&self) -> std::sync::MutexGuard<'_, Option<Orders>> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is said of a call that is stuck.
pub(super) fn silence(call: &str) -> String {
    format!("its {call} has not come back for {} s", PATIENCE.as_secs())
}
