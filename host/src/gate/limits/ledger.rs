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

/// How late a strike may be that is decided as of when it was due. One that is later is decided as of when it is made.
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
    /// long as the effect would naturally last. It is decided as of when it was due, so that the same strikes are refused however
    /// busy the machine is; and for whatever moment it may be made at then, so that no minute has more strikes than it may have.
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
        let mut book = self.book();
        let now = self.clock.now();
        let is_in_time = |due: &Duration| is_dry_run || now.offset.saturating_sub(*due) <= SLIP;
        let (as_of, slip) = match due.filter(is_in_time) {
            Some(due) => (now.at(due), SLIP),
            None => (now, Duration::ZERO),
        };
        book.admit(Asked { strike, origin, victim, effect, is_dry_run, slip }, as_of)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::configuration::Bounds;
    use crate::effect::tests::effect;
    use crate::roster::tests::candidate;

    #[test]
    fn a_minute_has_no_more_strikes_though_one_is_made_as_late_as_it_may_be() {
        let (roster, origin) = (Roster::default(), Arc::new(Origin::Operator { uid: 0, pid: 7 }));
        let victim = roster.add(candidate("web"));
        let ledger = Ledger::new(Clock::start(), &roster);
        let everyone = Bounds { strikes_per_minute: Some(1), ..Bounds::default() };
        ledger.limit(&Limits { everyone, ..Limits::default() });
        let effect = effect("delay", [("duration", 1_i64)]);
        // In a dry run it does not matter when they come.
        let is_let_pass = |strike: u64, due: u64| {
            let due = Some(Duration::from_millis(due));
            ledger.admit(strike, &origin, &victim, &effect, true, due).is_ok()
        };
        assert!(is_let_pass(1, 0));
        // It may have been made at 0.1 s, and this one is made at 60.05 s.
        assert!(!is_let_pass(2, 60_050));
        assert!(is_let_pass(3, 60_100));
    }
}
