//! The teller: the log and whoever watches hear of every strike, in the order of the records.

use super::desk::Desk;
use super::log::log;
use super::record::Record;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::broadcast;

/// How many records a watcher may be behind before it misses some; file and log miss none.
const BEHIND: usize = 1024;

/// Tells what has been written. A log that somebody reads slowly keeps the writing waiting for nothing but memory.
#[derive(Debug)]
pub(super) struct Teller {
    /// None once there is nobody to be told any more.
    watchers: Mutex<Option<broadcast::Sender<Arc<Record>>>>,
    untold: Desk<(Box<Record>, String), ()>,
}

impl Default for Teller {
    fn default() -> Self {
        Self { watchers: Mutex::new(Some(broadcast::Sender::new(BEHIND))), untold: Desk::default() }
    }
}

impl Teller {
    /// Every strike's records from now on; none where there are no more to come.
    pub(super) fn watch(&self) -> Option<broadcast::Receiver<Arc<Record>>> {
        self.watchers().as_ref().map(broadcast::Sender::subscribe)
    }

    /// Whether watchers have been told that there is no more to come.
    pub(super) fn is_closed(&self) -> bool {
        self.watchers().is_none()
    }

    /// Tells watchers that there is no more to come. The log hears of it all the same.
    pub(super) fn close(&self) {
        *self.watchers() = None;
    }

    /// Hears of records, in their order, with their JSON. What is not about a strike has lines of its own where it happens.
    pub(super) fn hear(&self, records: Vec<(Box<Record>, String)>) {
        self.untold.hand_in(records.into_iter().filter(|(record, _)| record.is_of_a_strike()));
    }

    /// Tells what it has heard, unless somebody else is about it.
    pub(super) fn tell(&self) {
        self.untold.work_off(|(), records| self.pass_on(records));
    }

    /// Tells what it has heard, and has told it all when this comes back.
    pub(super) fn finish(&self) {
        self.untold.finish(|(), records| self.pass_on(records));
    }

    fn pass_on(&self, records: Vec<(Box<Record>, String)>) {
        for (record, json) in records {
            log(&record, json);
            if let Some(watchers) = &*self.watchers()
                && watchers.receiver_count() > 0
            {
                // Whoever left just now need not be told.
                let _ = watchers.send(Arc::from(record));
            }
        }
    }

    fn watchers(&self) -> MutexGuard<'_, Option<broadcast::Sender<Arc<Record>>>> {
        self.watchers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
