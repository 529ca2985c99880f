//! The pace of one generation: its ticks and strikes, for as long as it is its turn.

use super::beat::Beat;
use super::order::Stand;
use super::spell::{Spell, Within};
use super::turns::{Owed, Turn};
use crate::clock::{Boundary, Clock};
use crate::plugin::PATIENCE;
use std::collections::BTreeMap;
use std::future::pending;
use std::mem;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedMutexGuard, watch};
use tracing::warn;

/// How long the open ticks of a generation that leaves are waited for, unless their interval is longer: within its interval
/// a tick is over as a rule, and a short one, in which a strike takes a few seconds, is not to be cut for its shortness.
pub(super) const LONGEST_FINISH: Duration = Duration::from_secs(10);

/// Of an instance's generations one acts at a time: it is handed ticks, and its strikes pass. Who comes waits, until it
/// has been settled and its predecessor is over.
///
/// Who leaves is handed no further tick, and finishes those that are open: a tick is open until its loop asks for another. As
/// long as one is, strikes pass; without one, none does. The boundary that it was waiting for is its successor's.
#[derive(Debug)]
pub(super) struct Pace {
    turn: Turn,
    stand: Stand,
    doing: watch::Sender<Doing>,
}

#[derive(Debug, Default)]
struct Doing {
    phase: Phase,
    /// Ticks that have been handed out, and are not over, by interval: by that one loop is told from another.
    open: BTreeMap<Duration, Vec<Beat>>,
    /// Boundaries that are waited for.
    awaited: Owed,
    /// Strikes that have no outcome yet.
    strikes: usize,
    /// How often whoever waited for its turn was given up.
    abandoned: usize,
}

#[derive(Debug, Default)]
enum Phase {
    /// It is tried out, or whoever acts before it is not over.
    #[default]
    Coming,
    Acting(OwnedMutexGuard<Owed>),
    Leaving(OwnedMutexGuard<Owed>),
    Over,
}

impl Doing {
    fn is_coming(&self) -> bool {
        matches!(self.phase, Phase::Coming)
    }

    fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Over)
    }

    /// Whether somebody waits for its end: nobody else has to be woken for each tick and strike.
    fn is_leaving(&self) -> bool {
        matches!(self.phase, Phase::Leaving(_) | Phase::Over)
    }

    fn may_strike(&self) -> bool {
        match self.phase {
            Phase::Acting(_) => true,
            Phase::Leaving(_) => !self.open.is_empty(),
            Phase::Coming | Phase::Over => false,
        }
    }
}

/// A strike under way.
pub(super) struct Striking<'a> {
    pace: &'a Pace,
    pub(super) spell: Spell<'a>,
}

impl Drop for Striking<'_> {
    fn drop(&mut self) {
        self.pace.doing.send_if_modified(|doing| {
            doing.strikes -= 1;
            doing.is_leaving()
        });
    }
}

impl Pace {
    pub(super) fn new(turn: Turn, stand: Stand) -> Self {
        Self { turn, stand, doing: watch::Sender::default() }
    }

    /// Acts from now on, unless another generation does. False where it has to be waited for.
    pub(super) fn act_now(&self) -> bool {
        Arc::clone(&self.turn).try_lock_owned().map(|held| self.begin(held)).is_ok()
    }

    /// Acts as soon as its predecessor is over; no more where it leaves before that.
    pub(super) async fn act(&self) {
        let mut doing = self.doing.subscribe();
        tokio::select! {
            held = Arc::clone(&self.turn).lock_owned() => self.begin(held),
            _ = doing.wait_for(Doing::is_over) => {}
        }
    }

    fn begin(&self, held: OwnedMutexGuard<Owed>) {
        self.doing.send_modify(|doing| {
            if doing.is_coming() {
                doing.phase = Phase::Acting(held);
            }
        });
    }

    /// Waits for the next boundary, once it is this generation's turn; for ever when it leaves.
    pub(super) async fn tick(&self, clock: &Clock, interval: Duration) -> u64 {
        let last = self.finish(interval);
        self.settled().await;
        if let Some(boundary) = self.next(clock, interval, last) {
            clock.reach(boundary.offset).await;
            // Chaos may have been let go while it was waited for.
            let boundary = clock.counted(boundary, interval);
            if self.hand_out(interval, boundary) {
                return boundary.number;
            }
        }
        self.stand.go(interval);
        pending().await
    }

    /// Waits until this generation may strike, or may no more. False where it was abandoned meanwhile.
    pub(super) async fn turn(&self) -> bool {
        let before = {
            let doing = self.doing.borrow();
            if !doing.is_coming() {
                return true;
            }
            doing.abandoned
        };
        let mut doing = self.doing.subscribe();
        let settled = doing.wait_for(|doing| !doing.is_coming() || doing.abandoned != before).await;
        settled.is_ok_and(|doing| doing.abandoned == before)
    }

    /// To be kept as long as the strike is under way; none where this generation may not strike.
    pub(super) fn strike(&self) -> Option<Striking<'_>> {
        let mut may = false;
        self.doing.send_if_modified(|doing| {
            may = doing.may_strike();
            doing.strikes += usize::from(may);
            false // to those who wait for its end
        });
        // Not `then_some`: what is dropped is counted.
        may.then(|| Striking { pace: self, spell: self.spell() })
    }

    /// To be kept as long as something takes its time that belongs to the tick that is open.
    pub(super) fn spell(&self) -> Spell<'_> {
        let doing = self.doing.borrow();
        let of_interval = |(interval, beats): (&Duration, &Vec<Beat>)| {
            let within = |beat: &Beat| (*interval, beat.boundary, beat.until());
            beats.iter().map(within).collect::<Vec<_>>()
        };
        let mut open = doing.open.iter().flat_map(of_interval);
        // Nothing that crosses the boundary says to which of several it belongs.
        let within = match (open.next(), open.next()) {
            (Some((interval, boundary, begun)), None) => Some(Within { interval, boundary, begun }),
            _ => None,
        };
        Spell::new(self, within)
    }

    /// Within a tick, if that is open still.
    pub(super) fn with(&self, within: &Within, change: impl FnOnce(&mut Beat)) {
        self.doing.send_if_modified(|doing| {
            let mut open = doing.open.get_mut(&within.interval).into_iter().flatten();
            if let Some(beat) = open.find(|beat| beat.boundary == within.boundary) {
                change(beat);
            }
            false // to those who wait for its end
        });
    }

    /// Where its loops stand among those of all instances.
    pub(super) fn stand(&self) -> &Stand {
        &self.stand
    }

    /// No further tick is this generation's.
    pub(super) fn leave(&self) {
        self.doing.send_modify(|doing| {
            doing.phase = match mem::take(&mut doing.phase) {
                Phase::Acting(held) => Phase::Leaving(held),
                Phase::Coming => Phase::Over,
                phase => phase,
            }
        });
    }

    /// How long the open ticks are worth waiting for.
    pub(super) fn longest_finish(&self) -> Duration {
        let longest = self.doing.borrow().open.keys().next_back().copied();
        longest.unwrap_or_default().max(LONGEST_FINISH)
    }

    /// Waits until the open ticks of one that leaves are over.
    pub(super) async fn finished(&self) {
        // It fails only without a sender, and we are the sender.
        let _ = self.doing.subscribe().wait_for(|doing| doing.open.is_empty()).await;
    }

    /// Waits until no strike is under way any more. Each has a lease.
    pub(super) async fn has_struck(&self) {
        // It fails only without a sender, and we are the sender.
        let _ = self.doing.subscribe().wait_for(|doing| doing.strikes == 0).await;
    }

    /// Whatever ticks are open are over: whoever had them has ended.
    pub(super) fn forget(&self) {
        self.stand.go_all();
        self.doing.send_modify(|doing| doing.open.clear());
    }

    /// The same, and who waits to strike does so no more.
    pub(super) fn abandon(&self) {
        self.stand.go_all();
        self.doing.send_modify(|doing| {
            doing.open.clear();
            doing.abandoned += 1;
        });
    }

    /// It is the next generation's turn. To be called when this one is over.
    pub(super) fn release(&self) {
        self.stand.go_all();
        self.doing.send_modify(|doing| {
            let awaited = mem::take(&mut doing.awaited);
            let phase = mem::replace(&mut doing.phase, Phase::Over);
            if let Phase::Acting(mut held) | Phase::Leaving(mut held) = phase {
                held.extend(awaited);
            }
            doing.open.clear();
        });
    }

    /// What it has not finished.
    pub(super) fn under_way(&self) -> Option<String> {
        let is_open = !self.doing.borrow().open.is_empty();
        if is_open { Some("its tick is not over".to_owned()) } else { self.strikes_under_way() }
    }

    /// What of that no longer depends on it.
    pub(super) fn strikes_under_way(&self) -> Option<String> {
        match self.doing.borrow().strikes {
            0 => None,
            1 => Some("1 strike under way".to_owned()),
            strikes => Some(format!("{strikes} strikes under way")),
        }
    }

    /// Waits until it is its turn, or no more.
    async fn settled(&self) {
        if self.doing.borrow().is_coming() {
            let _ = self.doing.subscribe().wait_for(|doing| !doing.is_coming()).await;
        }
    }

    /// A loop asks for a tick: the one that it had is over. Answers which, where it can be told. It keeps its place until it has
    /// the next one: in between others would pass it by.
    fn finish(&self, interval: Duration) -> Option<Beat> {
        let mut last = None;
        self.doing.send_if_modified(|doing| {
            if let Some(open) = doing.open.get_mut(&interval) {
                let is_alone = open.len() == 1;
                last = open.pop().filter(|_| is_alone);
                if open.is_empty() {
                    doing.open.remove(&interval);
                }
            }
            doing.is_leaving()
        });
        last
    }

    /// The boundary to be waited for.
    fn next(&self, clock: &Clock, interval: Duration, last: Option<Beat>) -> Option<Boundary> {
        let mut next = None;
        self.doing.send_if_modified(|doing| {
            if let Phase::Acting(owed) = &mut doing.phase {
                let owed = owed.remove(&interval);
                // One that has been due for long is no gap between two generations.
                let owed = owed.filter(|boundary| clock.offset() < boundary.offset + PATIENCE);
                let boundary = owed.unwrap_or_else(|| self.follow(clock, interval, last));
                next = Some(boundary);
                doing.awaited.insert(interval, boundary);
                self.stand.stay(interval, &boundary);
            }
            false
        });
        next
    }

    /// The boundary after a tick, or the next one of all.
    fn follow(&self, clock: &Clock, interval: Duration, last: Option<Beat>) -> Boundary {
        let Some(last) = last else { return clock.next_boundary(interval) };
        let next = last.next(clock, interval);
        if last.was_late(clock, interval, &next) {
            let (after, before) = (last.boundary.number, next.number);
            warn!(
                instance = self.stand.instance(),
                "ticks were left out between {after} and {before}: this host had no time for them. A run of the same seed decides otherwise there"
            );
        }
        next
    }

    /// False where it leaves: the boundary is its successor's.
    fn hand_out(&self, interval: Duration, boundary: Boundary) -> bool {
        let mut is_acting = false;
        self.doing.send_if_modified(|doing| {
            is_acting = matches!(doing.phase, Phase::Acting(_));
            if is_acting {
                doing.awaited.remove(&interval);
                self.stand.stay(interval, &boundary);
                doing.open.entry(interval).or_default().push(Beat::of(boundary));
            }
            false
        });
        is_acting
    }
}

#[cfg(test)]
mod tests {
    use super::super::order::Order;
    use super::super::turns::Turns;
    use super::*;
    use crate::chance::Chance;
    use std::future::poll_fn;
    use std::pin::pin;
    use std::sync::{Mutex, PoisonError};
    use std::task::Poll;

    const INTERVAL: Duration = Duration::from_millis(5);

    fn of(turns: &Turns) -> Pace {
        Pace::new(turns.of("hairball"), Order::new(Chance::from_seed(9)).stand("hairball"))
    }

    /// The only one, and it acts.
    fn acting() -> Pace {
        let pace = of(&Turns::default());
        assert!(pace.act_now());
        pace
    }

    /// Polls once, and answers whether it is not over.
    async fn waits<F: Future>(future: F) -> bool {
        let mut future = pin!(future);
        poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_pending())).await
    }

    /// The ticks that a generation is handed, until it is over.
    fn ticks(pace: &Arc<Pace>, clock: &Clock) -> (tokio::task::JoinHandle<()>, Arc<Mutex<Vec<u64>>>) {
        let (pace, clock, ticks) = (Arc::clone(pace), clock.clone(), Arc::new(Mutex::new(Vec::new())));
        let handed = Arc::clone(&ticks);
        let run = tokio::spawn(async move {
            loop {
                let tick = pace.tick(&clock, INTERVAL).await;
                handed.lock().unwrap_or_else(PoisonError::into_inner).push(tick);
            }
        });
        (run, ticks)
    }

    #[tokio::test]
    async fn ticks_go_up_from_one_generation_to_the_next() {
        let (turns, clock) = (Turns::default(), Clock::start());
        let mut all: Vec<u64> = Vec::new();
        let mut old = Arc::new(of(&turns));
        assert!(old.act_now());
        let (mut run, mut handed) = ticks(&old, &clock);
        for _ in 0..20 {
            tokio::time::sleep(INTERVAL * 3).await;
            let new = Arc::new(of(&turns));
            let (next_run, next_handed) = ticks(&new, &clock);
            old.leave();
            old.finished().await;
            run.abort();
            old.release();
            new.act().await;
            all.extend(&*handed.lock().unwrap());
            (old, run, handed) = (new, next_run, next_handed);
        }
        run.abort();
        let first = all[0];
        // A busy machine may leave some out: that none is twice is what holds on any.
        assert!(all.is_sorted_by(|one, other| one < other), "{all:?}");
        assert!(first >= 1 && all.len() > 20, "{all:?}");
    }

    #[tokio::test]
    async fn the_boundary_that_one_was_waiting_for_is_its_successors_also_when_it_has_passed() {
        let (turns, clock) = (Turns::default(), Clock::start());
        let interval = Duration::from_millis(200);
        let (old, new, awaited) = loop {
            let (old, new) = (of(&turns), of(&turns));
            assert!(old.act_now());
            let awaited = clock.next_boundary(interval);
            assert!(waits(old.tick(&clock, interval)).await);
            old.leave();
            if clock.offset() < awaited.offset {
                break (old, new, awaited);
            }
            // The machine was so busy that it may have waited for the one after.
            old.release();
        };
        clock.reach(awaited.offset + Duration::from_millis(5)).await;
        old.release();
        new.act().await;
        assert_eq!(new.tick(&clock, interval).await, awaited.number);
        assert_eq!(new.tick(&clock, interval).await, awaited.number + 1);
    }

    #[tokio::test]
    async fn what_takes_time_by_its_own_account_leaves_out_the_boundaries_within_it_and_nothing_else_does() {
        let (pace, clock) = (acting(), Clock::start());
        let first = pace.tick(&clock, INTERVAL).await;
        clock.reach(clock.offset() + INTERVAL * 3).await;
        assert_eq!(pace.tick(&clock, INTERVAL).await, first + 1, "it was only late");
        pace.spell().over(INTERVAL * 5 / 2, INTERVAL * 5 / 2);
        assert_eq!(pace.tick(&clock, INTERVAL).await, first + 4);
        pace.spell().over(Duration::ZERO, INTERVAL * 100);
        let soonest = clock.next_boundary(INTERVAL).number;
        assert!(pace.tick(&clock, INTERVAL).await >= soonest, "the victim took the time");
    }

    #[tokio::test]
    async fn who_comes_neither_ticks_nor_strikes_until_its_predecessor_is_over() {
        let (turns, clock) = (Turns::default(), Clock::start());
        let (old, new) = (of(&turns), of(&turns));
        assert!(old.act_now() && !new.act_now());
        let strike = old.strike().expect("it acts");
        old.leave();
        let (mut tick, mut early) = (pin!(new.tick(&clock, INTERVAL)), pin!(new.turn()));
        assert!(waits(&mut early).await && waits(&mut tick).await && waits(new.act()).await);
        assert!(old.strike().is_none(), "it has no tick open");
        assert_eq!(old.under_way().as_deref(), Some("1 strike under way"));
        assert!(waits(old.has_struck()).await);
        drop(strike);
        old.has_struck().await;
        old.release();
        new.act().await;
        assert!(early.await && new.strike().is_some() && tick.await > 0);
    }

    #[tokio::test]
    async fn who_leaves_finishes_the_ticks_of_all_its_loops_and_strikes_in_them() {
        let (pace, clock) = (acting(), Clock::start());
        let other = INTERVAL * 2;
        pace.tick(&clock, INTERVAL).await;
        pace.tick(&clock, other).await;
        pace.leave();
        assert!(waits(pace.tick(&clock, INTERVAL)).await);
        assert!(pace.strike().is_some(), "the other loop's tick is open");
        assert!(waits(pace.finished()).await);
        assert!(waits(pace.tick(&clock, other)).await);
        pace.finished().await;
        assert!(pace.strike().is_none());
        assert_eq!(pace.under_way(), None);
    }

    #[tokio::test]
    async fn two_loops_of_one_interval_are_both_waited_for() {
        let (pace, clock) = (acting(), Clock::start());
        tokio::join!(pace.tick(&clock, INTERVAL), pace.tick(&clock, INTERVAL));
        pace.leave();
        assert!(waits(pace.tick(&clock, INTERVAL)).await && waits(pace.finished()).await);
        assert!(waits(pace.tick(&clock, INTERVAL)).await);
        pace.finished().await;
    }

    #[tokio::test]
    async fn a_tick_is_worth_waiting_for_as_long_as_its_interval_and_not_only_a_moment() {
        let (pace, clock) = (acting(), Clock::start());
        pace.tick(&clock, INTERVAL).await;
        assert_eq!(pace.longest_finish(), LONGEST_FINISH);
        pace.leave();
        assert!(waits(pace.finished()).await);
        pace.forget();
        pace.finished().await;
        assert!(pace.strike().is_none());
    }

    #[tokio::test]
    async fn who_is_abandoned_while_it_waits_has_no_turn_and_who_asks_later_has() {
        let turns = Turns::default();
        let (old, new) = (of(&turns), of(&turns));
        assert!(old.act_now());
        let (mut early, late) = (pin!(new.turn()), new.turn());
        assert!(waits(&mut early).await);
        new.abandon();
        assert!(!early.await, "nobody waits for it any more");
        old.release();
        new.act().await;
        assert!(late.await);
    }

    #[tokio::test]
    async fn who_leaves_before_it_was_its_turn_strikes_never() {
        let turns = Turns::default();
        let (old, never) = (of(&turns), of(&turns));
        assert!(old.act_now());
        let mut early = pin!(never.turn());
        assert!(waits(&mut early).await);
        never.leave();
        never.act().await;
        assert!(early.await && never.strike().is_none());
        old.release();
        assert!(of(&turns).act_now(), "nobody holds the turn");
    }
}
