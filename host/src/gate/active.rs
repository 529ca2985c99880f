//! The effects under way.

use super::Origin;
use crate::roster::Victim;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// By number: whose a strike is, and on whom.
type Strikes = BTreeMap<u64, (Arc<Origin>, Arc<Victim>)>;

/// Which strikes are under way, whose they are and on whom, so that they can be ended.
#[derive(Debug, Default)]
pub(super) struct Active {
    strikes: Mutex<Strikes>,
    /// Whether there is any: who waits is told only when that changes.
    is_any: watch::Sender<bool>,
}

impl Active {
    /// Counts a strike as under way until what is returned is dropped.
    pub(super) fn enter(self: &Arc<Self>, strike: u64, origin: Arc<Origin>, victim: Arc<Victim>) -> Entry {
        self.change(|strikes| strikes.insert(strike, (origin, victim)));
        Entry { active: Arc::clone(self), strike }
    }

    /// Those whose origin is such.
    pub(super) fn of(&self, is_meant: impl Fn(&Origin) -> bool) -> Vec<(u64, Arc<Victim>)> {
        let strikes = self.strikes.lock().unwrap_or_else(PoisonError::into_inner);
        let meant = strikes.iter().filter(|(_, (origin, _))| is_meant(origin));
        meant.map(|(strike, (_, victim))| (*strike, Arc::clone(victim))).collect()
    }

    pub(super) fn count(&self) -> usize {
        self.strikes.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Tells of each strike that begins, and of each that is over.
    pub(super) fn changes(&self) -> watch::Receiver<usize> {
        self.count.subscribe()
    }

    /// Waits until none is under way.
    pub(super) async fn none(&self) {
        // It fails only without a sender, and we are the sender.
        let _ = self.is_any.subscribe().wait_for(|is_any| !is_any).await;
    }

    fn change<T>(&self, change: impl FnOnce(&mut Strikes) -> T) {
        let mut strikes = self.strikes.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut strikes);
        let now = !strikes.is_empty();
        self.is_any.send_if_modified(|is_any| std::mem::replace(is_any, now) != now);
    }
}

/// One strike under way.
#[derive(Debug)]
pub(super) struct Entry {
    active: Arc<Active>,
    strike: u64,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.active.change(|strikes| strikes.remove(&self.strike));
    }
}
