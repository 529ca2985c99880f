//! The effects under way.

use super::Origin;
use super::ended_by::EndedBy;
use super::member::Member;
use super::recall::Recall;
use super::under_way::UnderWay;
use crate::by_id::ById;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// By number.
type Strikes = ById<Member>;

/// Which strikes are under way and whose they are, so that they can be ended.
#[derive(Debug, Default)]
pub(super) struct Active {
    strikes: Mutex<Strikes>,
    /// Tells who waits that one is over.
    over: Notify,
}

impl Active {
    /// Counts a strike as under way until what is returned is dropped.
    pub(super) fn enter(self: &Arc<Self>, strike: u64, member: Member) -> Entry {
        let recall = Arc::clone(&member.recall);
        self.strikes().insert(strike, member);
        Entry { active: Arc::clone(self), strike, recall }
    }

    /// Tells those to end that are such.
    pub(super) fn recall(&self, by: EndedBy, is_meant: impl Fn(&Member) -> bool) {
        let strikes = self.strikes();
        strikes.values().filter(|member| is_meant(member)).for_each(|member| member.recall.tell(by));
    }

    /// Tells those of these numbers to end, and answers by what.
    pub(super) fn recall_strikes(&self, by: EndedBy, numbers: &[u64]) -> Vec<(u64, Arc<Recall>)> {
        let strikes = self.strikes();
        let member = |number: &u64| Some((*number, Arc::clone(&strikes.get(number)?.recall)));
        let told: Vec<_> = numbers.iter().filter_map(member).collect();
        told.iter().for_each(|(_, recall)| recall.tell(by));
        told
    }

    /// So many of those that are under way so long after the start of the run, by number, from the first after this one on.
    pub(super) fn listed(&self, after: u64, most: usize, now: Duration) -> Vec<UnderWay> {
        let strikes = self.strikes();
        let is_listed = |number: u64, member: &Member| number > after && UnderWay::is(member);
        let listed = strikes.iter().filter(|(number, member)| is_listed(**number, member));
        let mut numbers: Vec<u64> = listed.map(|(number, _)| *number).collect();
        numbers.sort_unstable();
        numbers.truncate(most);
        numbers.iter().filter_map(|number| UnderWay::of(*number, strikes.get(number)?, now)).collect()
    }

    /// The one of this number, where it is under way so long after the start of the run.
    pub(super) fn one(&self, number: u64, now: Duration) -> Option<UnderWay> {
        UnderWay::of(number, self.strikes().get(&number)?, now)
    }

    pub(super) fn is_under_way(&self, strike: u64) -> bool {
        self.strikes().contains_key(&strike)
    }

    pub(super) fn count(&self) -> usize {
        self.strikes().len()
    }

    /// Waits until none is under way.
    pub(super) async fn none(&self) {
        self.until(|strikes| strikes.is_empty()).await;
    }

    /// Waits until none is whose origin is such.
    pub(super) async fn none_of(&self, is_meant: impl Fn(&Origin) -> bool) {
        self.until(|strikes| !strikes.values().any(|member| is_meant(&member.origin))).await;
    }

    /// Waits until those of these numbers are over.
    pub(super) async fn over(&self, numbers: &[u64]) {
        self.until(|strikes| !numbers.iter().any(|number| strikes.contains_key(number))).await;
    }

    async fn until(&self, is_so: impl Fn(&Strikes) -> bool) {
        loop {
            // First this, so that none ends unnoticed after the look.
            let over = self.over.notified();
            if is_so(&self.strikes()) {
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
