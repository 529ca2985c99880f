//! What the rules say of a call.

use std::ffi::c_int;
use std::sync::atomic::Ordering;

use chaos_kitty_table::{Call, Deed, Rule, SLOTS, now};
use rustix::thread::{NanosleepRelativeResult, Timespec, futex, nanosleep};

use crate::subject::Subject;
use crate::table::{counters, rules};
use crate::task;

/// For how long it is waited before it is seen whether the wrapper is there still.
pub(crate) const LOOK: u64 = 100_000_000;

/// What is to become of a call.
#[derive(Clone, Copy)]
pub(crate) enum Answer {
    Go,
    /// With this errno.
    Fail(c_int),
    /// To this share, in 65536ths.
    Shorten(u16),
}

/// Waits as long as the rules want it, and answers what else they do to this call.
#[cold]
#[inline(never)]
pub(crate) fn asked(call: Call, subject: &Subject) -> Answer {
    let mut answer = Answer::Go;
    if rules().want_a_task() {
        task::begin();
    }
    for slot in 0..SLOTS {
        // Looked at where it is: it is not small, and the stack may be.
        let found = rules().read(slot, call.bit());
        let Some((version, rule)) = &found else { continue };
        if matches!(rule.deed, Deed::Shift { .. }) || !is_hit(slot, rule, subject) {
            continue;
        }
        match rule.deed {
            Deed::Fail(errno) => return Answer::Fail(errno),
            Deed::Shorten(share) => answer = Answer::Shorten(share),
            Deed::Hold => wait(slot, *version, rule.deadline),
            Deed::Delay(length) => wait(slot, *version, rule.deadline.min(now().saturating_add(length))),
            Deed::Shift { .. } => {}
        }
    }
    answer
}

/// By how many nanoseconds the clock that shows the time of day is to be off, for a program that reads it.
#[cold]
#[inline(never)]
pub(crate) fn shift() -> i64 {
    shifts(|slot, rule| is_hit(slot, rule, &Subject::Nothing)).unwrap_or_default()
}

/// The same for one that does not, which counts for nothing; nothing where the clock is right.
#[cold]
#[inline(never)]
pub(crate) fn offset() -> Option<i64> {
    let now = now();
    shifts(|_, rule| now < rule.deadline && rules().are_alive(now))
}

fn shifts(holds: impl Fn(usize, &Rule) -> bool) -> Option<i64> {
    let call = Call::ClockGettime.bit();
    let shifts = (0..SLOTS).filter_map(|slot| {
        let found = rules().read(slot, call);
        let (_, rule) = found.as_ref()?;
        let Deed::Shift { by, drift } = rule.deed else { return None };
        let past = now().saturating_sub(rule.since) as f64;
        holds(slot, rule).then(|| by.saturating_add((past * drift) as i64))
    });
    shifts.reduce(i64::saturating_add)
}

/// Counts it where it is.
fn is_hit(slot: usize, rule: &Rule, subject: &Subject) -> bool {
    let now = now();
    if now >= rule.deadline || !rules().are_alive(now) || rule.is_narrowed() && !subject.is_meant_by(rule) {
        return false;
    }
    rule.is_drawn(counters().call(slot)) && counters().hit(slot, rule.times, now)
}

/// Until the rule is over, or this moment has come. A signal's handler may run meanwhile.
fn wait(slot: usize, version: u32, until: u64) {
    let Some(word) = rules().version(slot) else { return };
    loop {
        let now = now();
        if now >= until || !rules().are_alive(now) || word.load(Ordering::Relaxed) != version {
            return;
        }
        let left = (until - now).min(LOOK);
        let left = Timespec { tv_sec: 0, tv_nsec: left.cast_signed() };
        match futex::wait(word, futex::Flags::empty(), version, Some(&left)) {
            Ok(())
            | Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR | rustix::io::Errno::TIMEDOUT) => {}
            // No kernel that we know of; the wait is to be bounded all the same.
            Err(_) => match nanosleep(&left) {
                NanosleepRelativeResult::Ok | NanosleepRelativeResult::Interrupted(_) => {}
                NanosleepRelativeResult::Err(_) => return,
            },
        }
    }
}
