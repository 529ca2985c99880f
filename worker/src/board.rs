//! The board: every fault point of this image, and what is armed at them.
//!
//! One for the process, since fault points are statics; several workers (in tests, mostly) share it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::fault::Fault;
use crate::fault_point::FaultPoint;
use crate::hold::{Held, Hold};
use crate::trap::Trap;

static BOARD: Mutex<Board> = Mutex::new(Board { points: Vec::new(), holds: Vec::new(), traps: Vec::new() });

struct Board {
    points: Vec<&'static FaultPoint>,
    holds: Vec<Arc<Hold>>,
    traps: Vec<Arc<Trap>>,
}

/// Disarms when dropped.
pub(crate) enum Armed {
    Hold(Arc<Hold>),
    Trap(Arc<Trap>),
}

pub(crate) fn arm_hold(hold: &Arc<Hold>) -> Armed {
    let mut board = board();
    board.holds.push(Arc::clone(hold));
    board.refresh();
    Armed::Hold(Arc::clone(hold))
}

pub(crate) fn arm_trap(trap: &Arc<Trap>) -> Armed {
    let mut board = board();
    board.traps.push(Arc::clone(trap));
    board.refresh();
    Armed::Trap(Arc::clone(trap))
}

impl Drop for Armed {
    fn drop(&mut self) {
        let mut board = board();
        match self {
            Armed::Hold(hold) => board.holds.retain(|known| !Arc::ptr_eq(known, hold)),
            Armed::Trap(trap) => board.traps.retain(|known| !Arc::ptr_eq(known, trap)),
        }
        board.refresh();
    }
}

/// The path of a fault point that is armed, or hit for the first time.
#[cold]
pub(crate) fn hit(point: &'static FaultPoint) -> Result<(), Fault> {
    for held in enter(point) {
        held.lease().wait();
    }
    spring(point)
}

/// [`hit`] for a task.
#[cold]
pub(crate) async fn hit_async(point: &'static FaultPoint) -> Result<(), Fault> {
    for held in enter(point) {
        held.lease().over().await;
    }
    spring(point)
}

/// All holds at once, so that each of two that overlap is known to have held the caller. The lock is not kept while
/// it waits.
fn enter(point: &'static FaultPoint) -> Vec<Held> {
    let mut board = board();
    let first = point.is_unknown();
    if first {
        board.points.push(point);
    }
    let armed = board.holds.len() + board.traps.len();
    // Who armed it normally disarms it. Not so in a child after fork, which has no worker: it heals here.
    board.holds.retain(|hold| !hold.lease().is_over());
    board.traps.retain(|trap| !trap.lease().is_over());
    if first || board.holds.len() + board.traps.len() < armed {
        board.refresh();
    }
    let mut holds: Vec<_> = board.holds.iter().filter(|hold| hold.matches(point.name())).collect();
    holds.sort_by_key(|hold| hold.lease().deadline());
    holds.into_iter().map(Hold::enter).collect()
}

fn spring(point: &'static FaultPoint) -> Result<(), Fault> {
    let sprung = {
        let board = board();
        let mut traps = board.traps.iter().filter(|trap| trap.matches(point.name()));
        traps.find_map(|trap| trap.spring(point.name()).map(|fault| (fault, trap.panics())))
    };
    match sprung {
        None => Ok(()),
        // A second panic while one unwinds would abort the process, and an abort is not what was asked for.
        Some((fault, true)) if !std::thread::panicking() => panic!("{fault}"),
        Some((fault, _)) => Err(fault),
    }
}

impl Board {
    fn refresh(&self) {
        for point in &self.points {
            let name = point.name();
            point.set_armed(
                self.holds.iter().any(|hold| hold.matches(name))
                    || self.traps.iter().any(|trap| trap.matches(name)),
            );
        }
    }
}

fn board() -> MutexGuard<'static, Board> {
    BOARD.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lease::Lease;
    use crate::pattern::Pattern;
    use std::panic::catch_unwind;
    use std::time::Duration;

    // The board is the process's: each test has names of its own.
    fn trap(pattern: &str, times: u64, panics: bool) -> Arc<Trap> {
        let lease = Lease::of(Duration::from_secs(3600));
        Trap::new(Pattern::new(pattern), lease, "IOError".to_owned(), "boo".to_owned(), panics, times)
    }

    #[test]
    fn a_point_is_idle_after_its_first_hit_and_armed_only_while_something_matches() {
        static POINT: FaultPoint = FaultPoint::new("board.idle");
        assert!(POINT.hit().is_ok());
        assert!(!POINT.is_armed() && !POINT.is_unknown());
        let armed = arm_trap(&trap("board.i*", 1, false));
        assert!(POINT.is_armed());
        drop(armed);
        assert!(!POINT.is_armed());
        assert!(POINT.hit().is_ok());
    }

    #[test]
    fn a_trap_is_sprung_as_often_as_was_asked_and_where_it_was_asked() {
        static POINT: FaultPoint = FaultPoint::new("board.times");
        let trap = trap("board.times", 2, false);
        let _armed = arm_trap(&trap);
        assert!(crate::fault_point!("board.other").is_ok());
        let fault = POINT.hit().unwrap_err();
        assert_eq!((fault.class(), fault.message(), fault.point()), ("IOError", "boo", "board.times"));
        assert!(POINT.hit().is_err());
        assert!(trap.lease().is_over(), "its work is done");
        assert!(POINT.hit().is_ok());
        assert_eq!(trap.raised(), 2);
        assert!(!POINT.is_armed(), "healed by the hit that found it over");
    }

    #[test]
    fn a_fault_becomes_the_callers_error() {
        let _armed = arm_trap(&trap("board.own", 1, false));
        let error = crate::fault_point!("board.own", |fault| fault.message().len()).unwrap_err();
        assert_eq!(error, 3);
    }

    #[test]
    fn a_panic_is_a_panic_once_and_never_an_abort() {
        struct HitsOnDrop;
        static DROPPED: Mutex<Option<Result<(), Fault>>> = Mutex::new(None);
        impl Drop for HitsOnDrop {
            fn drop(&mut self) {
                *DROPPED.lock().unwrap() = Some(crate::fault_point!("board.panic"));
            }
        }
        let _armed = arm_trap(&trap("board.panic", 2, true));
        let caught = catch_unwind(|| {
            let _hits = HitsOnDrop;
            let _ = crate::fault_point!("board.panic");
        });
        let message = caught.unwrap_err().downcast::<String>().unwrap();
        assert!(message.contains("boo"), "{message}");
        assert!(DROPPED.lock().unwrap().take().unwrap().is_err(), "while unwinding it is returned");
    }

    #[test]
    fn a_hold_keeps_threads_until_it_is_over_and_both_overlapping_ones_know() {
        static POINT: FaultPoint = FaultPoint::new("board.hold");
        let hour = Duration::from_secs(3600);
        let [one, other] =
            [hour, hour * 2].map(|length| Hold::new(Pattern::new("board.hold"), Lease::of(length)));
        let _armed = [arm_hold(&one), arm_hold(&other)];
        let caller = std::thread::spawn(|| POINT.hit());
        while one.observed().1 + other.observed().1 < 2 {
            std::thread::yield_now();
        }
        one.lease().end();
        assert!(!caller.is_finished(), "the other one has it still");
        // It began a moment later, and goes on.
        while other.observed().0 <= one.observed().0 {
            std::thread::yield_now();
        }
        other.lease().end();
        caller.join().unwrap().unwrap();
        assert!(one.observed().0 > Duration::ZERO && one.observed().0 < other.observed().0);
        assert_eq!((one.observed().1, other.observed().1), (1, 1));
    }

    #[test]
    fn a_held_task_goes_on_when_the_lease_is_ended() {
        static POINT: FaultPoint = FaultPoint::new("board.task");
        let hold = Hold::new(Pattern::new("board.task"), Lease::of(Duration::from_secs(3600)));
        let _armed = arm_hold(&hold);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let task = tokio::spawn(crate::fault_point_async!("board.task"));
            while hold.observed().1 == 0 {
                tokio::task::yield_now().await;
            }
            assert!(!task.is_finished());
            let cancelled = tokio::spawn(POINT.hit_async());
            while hold.observed().1 == 1 {
                tokio::task::yield_now().await;
            }
            cancelled.abort();
            hold.lease().end();
            task.await.unwrap().unwrap();
        });
        assert_eq!(hold.observed().1, 2);
    }
}
