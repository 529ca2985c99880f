//! The pace of one generation: its ticks, for as long as it is its turn.

use super::turns::{Owed, Turn};
use crate::clock::{Boundary, Clock};
use crate::plugin::PATIENCE;
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OnceCell, OwnedMutexGuard, watch};

/// Of an instance's generations one is handed ticks at a time, so that none is handed out twice. A generation that leaves
/// finishes the tick that it has; the boundary that it was waiting for is its successor's, so that none is left out.
#[derive(Debug)]
pub(super) struct Pace {
    turn: Turn,
    /// From its first tick on.
    held: OnceCell<Mutex<Option<OwnedMutexGuard<Owed>>>>,
    doing: watch::Sender<Doing>,
}

#[derive(Debug, Default)]
struct Doing {
    /// It gets no further tick.
    leaves: bool,
    /// It has asked for one nevertheless: it has finished.
    finished: bool,
    /// Strikes that have no outcome yet.
    strikes: usize,
}

/// A strike under way.
pub(super) struct Striking<'a>(&'a Pace);

impl Drop for Striking<'_> {
    fn drop(&mut self) {
        self.0.doing.send_modify(|doing| doing.strikes -= 1);
    }
}

impl Pace {
    pub(super) fn new(turn: Turn) -> Self {
        Self { turn, held: OnceCell::new(), doing: watch::Sender::default() }
    }

    /// Waits for the next boundary, once it is this generation's turn; for ever when it is over.
    pub(super) async fn tick(&self, clock: &Clock, interval: Duration) -> u64 {
        let mut doing = self.doing.subscribe();
        let leaves = async move { drop(doing.wait_for(|doing| doing.leaves).await) };
        let mut next = None;
        let tick = async {
            let owed = self.held().await.as_mut().and_then(|owed| owed.remove(&interval));
            // One that has been due for long is no gap between two generations.
            let owed = owed.filter(|boundary| clock.offset() < boundary.offset + PATIENCE);
            let boundary = *next.insert(owed.unwrap_or_else(|| clock.next_boundary(interval)));
            clock.reach(boundary.offset).await;
            boundary.number
        };
        tokio::select! {
            biased;
            () = leaves => {}
            number = tick => return number,
        }
        self.finish(interval, next);
        pending().await
    }

    /// To be kept as long as the strike is under way.
    pub(super) fn strikes(&self) -> Striking<'_> {
        self.doing.send_modify(|doing| doing.strikes += 1);
        Striking(self)
    }

    /// No further tick is this generation's. Waits until it has finished the one that it has: it asks for another. One that
    /// goes by no ticks is not waited for when it has not struck for a while.
    pub(super) async fn leave(&self) {
        self.doing.send_modify(|doing| doing.leaves = true);
        let mut doing = self.doing.subscribe();
        while tokio::time::timeout(PATIENCE, doing.wait_for(|doing| doing.finished)).await.is_err() {
            if doing.borrow().strikes == 0 {
                return;
            }
        }
    }

    /// It is the next generation's turn. To be called when this one is over.
    pub(super) fn release(&self) {
        self.doing.send_modify(|doing| doing.leaves = true);
        if let Some(held) = self.held.get() {
            lock(held).take();
        }
    }

    fn finish(&self, interval: Duration, next: Option<Boundary>) {
        if let (Some(held), Some(next)) = (self.held.get(), next)
            && let Some(owed) = &mut *lock(held)
        {
            owed.insert(interval, next);
        }
        self.doing.send_modify(|doing| doing.finished = true);
    }

    /// Waits for its turn.
    async fn held(&self) -> MutexGuard<'_, Option<OwnedMutexGuard<Owed>>> {
        let turn = || async { Mutex::new(Some(Arc::clone(&self.turn).lock_owned().await)) };
        lock(self.held.get_or_init(turn).await)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::super::turns::Turns;
    use super::*;

    const INTERVAL: Duration = Duration::from_millis(5);

    /// The ticks that a generation is handed, until it is over.
    fn ticks(pace: &Arc<Pace>, clock: &Clock) -> (tokio::task::JoinHandle<()>, Arc<Mutex<Vec<u64>>>) {
        let (pace, clock, ticks) = (Arc::clone(pace), clock.clone(), Arc::new(Mutex::new(Vec::new())));
        let handed = Arc::clone(&ticks);
        let run = tokio::spawn(async move {
            loop {
                let tick = pace.tick(&clock, INTERVAL).await;
                lock(&handed).push(tick);
            }
        });
        (run, ticks)
    }

    #[tokio::test]
    async fn ticks_go_up_from_one_generation_to_the_next() {
        let (turns, clock) = (Turns::default(), Clock::start());
        let mut all: Vec<u64> = Vec::new();
        let mut old = Arc::new(Pace::new(turns.of("hairball")));
        let (mut run, mut handed) = ticks(&old, &clock);
        for _ in 0..20 {
            tokio::time::sleep(INTERVAL * 3).await;
            let new = Arc::new(Pace::new(turns.of("hairball")));
            let (next_run, next_handed) = ticks(&new, &clock);
            old.leave().await;
            run.abort();
            old.release();
            all.extend(&*lock(&handed));
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
            let (old, new) = (Pace::new(turns.of("yowl")), Pace::new(turns.of("yowl")));
            let awaited = clock.next_boundary(interval);
            tokio::select! {
                biased; // it asks, and then it is told to leave
                _ = old.tick(&clock, interval) => {}
                () = old.leave() => {}
            }
            if clock.offset() < awaited.offset {
                break (old, new, awaited);
            }
            // The machine was so busy that it may have waited for the one after.
            old.release();
        };
        clock.reach(awaited.offset + Duration::from_millis(5)).await;
        old.release();
        assert_eq!(new.tick(&clock, interval).await, awaited.number);
        let soonest = clock.next_boundary(interval).number;
        assert!(soonest > awaited.number && new.tick(&clock, interval).await >= soonest);
    }

    #[tokio::test]
    async fn who_holds_no_tick_is_waited_for_only_while_it_strikes() {
        let pace = Pace::new(Turns::default().of("sleeper"));
        tokio::time::pause();
        let strike = pace.strikes();
        let leave = pace.leave();
        tokio::pin!(leave);
        assert!(tokio::time::timeout(PATIENCE * 3, &mut leave).await.is_err(), "it strikes still");
        drop(strike);
        tokio::time::timeout(PATIENCE * 2, leave).await.expect("nothing is left to wait for");
    }
}
