//! The effects under way.

use super::Origin;
use super::recall::Recall;
use crate::by_id::ById;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// By number: whose a strike is, and how it is told to end.
type Strikes = ById<(Arc<Origin>, Arc<Recall>)>;

/// Which strikes are under way and whose they are, so that they can be ended.
#[derive(Debug, Default)]
pub(super) struct Active {
    strikes: Mutex<Strikes>,
    /// Tells who waits that one is over.
    over: Notify,
}

impl Active {
    /// Counts a strike as under way until what is returned is dropped.
    pub(super) fn enter(self: &Arc<Self>, strike: u64, origin: Arc<Origin>) -> Entry {
        let recall = Arc::<Recall>::default();
        self.strikes().insert(strike, (origin, Arc::clone(&recall)));
        Entry { active: Arc::clone(self), strike, recall }
    }

    /// Tells those to end whose origin is such.
    pub(super) fn recall(&self, is_meant: impl Fn(&Origin) -> bool) {
        let strikes = self.strikes();
        let meant = strikes.values().filter(|(origin, _)| is_meant(origin));
        meant.for_each(|(_, recall)| recall.tell());
    }

    pub(super) fn count(&self) -> usize {
        self.strikes().len()
    }

    /// Waits until none is under way.
    pub(super) async fn none(&self) {
        self.none_of(|_| true).await;
    }

    /// Waits until none is whose origin is such.
    pub(super) async fn none_of(&self, is_meant: impl Fn(&Origin) -> bool) {
        loop {
            // First this, so that none ends unnoticed after the look.
            let over = self.over.notified();
            if !self.strikes().values().any(|(origin, _)| is_meant(origin)) {
                return;
            }
            over.await;
        }
    }

    fn strikes(&self) -> MutexGuard<'_, Strikes> {
        self.strikes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One strike under way.
#[derive(Debug)]
pub(super) struct Entry {
    active: Arc<Active>,
    strike: u64,
    recall: Arc<Recall>,
}

impl Entry {
    /// The word that ends it.
    pub(super) fn recall(&self) -> &Recall {
        &self.recall
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        // What was kept of it is dropped without the lock.
        let over = self.active.strikes().remove(&self.strike);
        drop(over);
        self.active.over.notify_waiters();
    }
}
