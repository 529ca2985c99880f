//! What the rules say of a call.

use std::ffi::c_int;
use std::sync::atomic::Ordering;

use chaos_kitty_table::{Call, Deed, Rule, SHIFT, Target, now, recent};
use rustix::thread::{NanosleepRelativeResult, Timespec, futex, nanosleep};

use crate::length::Length;
use crate::reckoned;
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
pub(crate) fn asked(call: Call, subject: &Subject, length: &Length) -> Answer {
    let mut answer = Answer::Go;
    if rules().want_a_task() {
        task::begin();
    }
    for slot in rules().slots(call.bit()) {
        let Some((version, rule)) = rules().read(slot, call.bit()) else { continue };
        let is_meant = |target: &Target| subject.is_meant_by(target);
        if !holds(&rule) || !rules().are_for(slot, version, is_meant) {
            continue;
        }
        // Of what is one already, or would be refused as less, nothing can be left out: that is none of its calls.
        if matches!(rule.deed, Deed::Shorten(_)) && !(length.is_divisible() && subject.takes_less()) {
            continue;
        }
        if !counters().hit(slot, &rule) {
            continue;
        }
        match rule.deed {
            Deed::Fail(errno) => return Answer::Fail(errno),
            Deed::Shorten(share) => answer = Answer::Shorten(share),
            Deed::Hold => wait(slot, version, rule.deadline),
            Deed::Delay(length) => wait(slot, version, rule.deadline.min(now().saturating_add(length))),
            Deed::Shift { .. } => {}
        }
    }
    answer
}

/// By how much the clock that shows the time of day is off.
#[derive(Clone, Copy)]
pub(crate) struct Offset {
    /// In nanoseconds, now.
    pub(crate) by: i64,
    /// How much faster it goes, as a share.
    pub(crate) drift: f64,
    /// When that was looked at, on the monotonic clock, to a tick of the kernel's.
    pub(crate) at: u64,
}

/// By how many nanoseconds it is to be off, for a program that reads it.
#[cold]
#[inline(never)]
pub(crate) fn shift() -> i64 {
    let Some(off) = shifts(|slot, rule| counters().hit(slot, rule)) else { return 0 };
    reckoned::seen(&off);
    off.by
}

/// The same for one that does not, which counts for nothing; nothing where the clock is right.
#[cold]
#[inline(never)]
pub(crate) fn offset() -> Option<Offset> {
    shifts(|_, _| true)
}

#[inline(always)]
fn shifts(is_hit: impl Fn(usize, &Rule) -> bool) -> Option<Offset> {
    let at = recent();
    let shifts = rules().slots(SHIFT).filter_map(|slot| {
        let (_, rule) = rules().read(slot, SHIFT)?;
        let Deed::Shift { by, drift } = rule.deed else { return None };
        if !holds_at(&rule, at) || !is_hit(slot, &rule) {
            return None;
        }
        // A clock that drifts is to go on at each moment, and not at each tick.
        let drifted = if drift == 0.0 { 0.0 } else { now().saturating_sub(rule.since) as f64 * drift };
        Some(Offset { by: by.saturating_add(drifted as i64), drift, at })
    });
    shifts.reduce(|one, other| Offset {
        by: one.by.saturating_add(other.by),
        drift: one.drift + other.drift,
        at,
    })
}

/// Whether it is not over yet, and its wrapper is there; to a tick of the kernel's.
#[inline(always)]
fn holds(rule: &Rule) -> bool {
    holds_at(rule, recent())
}

#[inline(always)]
fn holds_at(rule: &Rule, now: u64) -> bool {
    now < rule.deadline && rules().are_alive(now)
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
