//! The ledger: what limits depend on, behind one lock.

use super::super::origin::Origin;
use super::super::refusal::Refusal;
use super::book::{Asked, Book};
use super::listed::ListedLimit;
use crate::clock::{self, Clock};
use crate::configuration::Limits;
use crate::effect::Effect;
use crate::roster::{Follower, Roster, Victim};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How late a strike may be that counts from when it was due. One that is later counts from when it is made: no minute has more
/// strikes than it may have.
const SLIP: Duration = Duration::from_millis(100);

/// Looking whether a limit lets a strike pass, and counting it, is one step, taken under its lock. The clock is read there
/// too, so that time does not run backwards in the book.
#[derive(Debug)]
pub(in super::super) struct Ledger {
    clock: Clock,
    book: Mutex<Book>,
}

impl Ledger {
    /// Without limits, for those who are there and who come.
    pub(in super::super) fn new(clock: Clock, roster: &Roster) -> Arc<Self> {
        let ledger = Arc::new(Self { clock, book: Mutex::default() });
        let weak = Arc::downgrade(&ledger);
        roster.tell(weak);
        ledger
    }

    /// Counts a strike where every limit allows it: until what is returned is dropped, or by the clock in a dry run, for as
    /// long as the effect would naturally last. It counts from when it was due, so that the same strikes are refused however busy the
    /// machine is.
    ///
    /// # Errors
    /// A limit refuses, or the victim has left.
    pub(in super::super) fn admit(
        self: &Arc<Self>,
        strike: u64,
        origin: &Arc<Origin>,
        victim: &Victim,
        effect: &Effect,
        is_dry_run: bool,
        due: Option<Duration>,
    ) -> Result<Option<Held>, Refusal> {
        let asked = Asked { strike, origin, victim, effect, is_dry_run };
        let mut book = self.book();
        let now = self.clock.now();
        let is_in_time = |due: &Duration| is_dry_run || now.offset.saturating_sub(*due) <= SLIP;
        book.admit(asked, due.filter(is_in_time).map_or(now, |due| now.at(due)))?;
        Ok((!is_dry_run).then(|| Held { ledger: Arc::clone(self), strike }))
    }

    /// A strike that was counted is not made after all.
    pub(in super::super) fn take_back(&self, strike: u64) {
        self.book().take_back(strike);
    }

    /// From now on these limits hold.
    pub(in super::super) fn limit(&self, limits: &Limits) {
        let zone = clock::time_zone();
        self.book().limit(limits, &zone, self.clock.offset());
    }

    /// Whether there are any limits.
    pub(in super::super) fn is_limiting(&self) -> bool {
        self.book().is_limiting()
    }

    /// Sees whether a victim answers.
    pub(in super::super) fn look_at(&self, victim: &Victim) {
        self.book().look_at(victim.id(), self.clock.offset());
    }

    /// The limits, and what is used of each.
    pub(in super::super) fn listed(&self) -> Vec<ListedLimit> {
        self.book().listed(self.clock.now())
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Follower for Ledger {
    fn arrived(&self, victim: &Arc<Victim>) {
        self.book().arrive(victim);
    }

    fn left(&self, id: u64) {
        // What was kept of it goes when the lock is free again.
        let left = self.book().leave(id);
        drop(left);
    }
}

/// A strike that counts, until this is dropped.
#[derive(Debug)]
pub(in super::super) struct Held {
    ledger: Arc<Ledger>,
    strike: u64,
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut book = self.ledger.book();
        let now = self.ledger.clock.offset();
        book.end(self.strike, now);
    }
}
