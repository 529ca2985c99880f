//! Taking something inside the program: the order, and what it comes to.

use std::path::Path;
use std::time::{Duration, Instant};

use chaos_kitty_bus::Exception;
use chaos_kitty_table::{Haul, Ordered, Stage, Take, Task, now};
use nix::errno::Errno;

use super::hearing::Hearing;
use super::interior::{Interior, TO_LOAD};
use crate::beside::Program;
use crate::clock;
use crate::effects::Effect;
use crate::refusal::refusal;

/// Between two looks at how far it is.
const LOOK: Duration = Duration::from_millis(5);
/// How long the program may take to make a call by itself before it is told, and between two times that it is.
const CALL: Duration = Duration::from_millis(50);
/// How long a program that has been killed may outlast its threads.
const TO_END: Duration = Duration::from_millis(100);
/// How long it may take to give everything back once it is told to.
const TO_GIVE_BACK: Duration = Duration::from_secs(2);

/// What is taken, by so many threads, each of which takes as much.
pub(super) struct Taking {
    /// By whose call.
    pub(super) method: &'static str,
    pub(super) take: Take,
    /// For how long it is held once it is all there.
    pub(super) hold: Duration,
    pub(super) threads: u64,
}

impl Taking {
    /// Has it taken, and given back when the effect is over at the latest; answers what all threads have come to together.
    ///
    /// # Errors
    /// A refusal: why nothing was taken; RuntimeError: what was taken is not given back, or others of its threads had begun.
    pub(super) async fn of(
        self,
        interior: &Interior,
        program: &dyn Program,
        effect: &Effect,
    ) -> Result<Haul, Exception> {
        let is_there = |thread: u32| has_thread(program, thread);
        let mut ordered = self.order(interior, effect, is_there)?;
        let mut told_at = clock::now() + CALL;
        let mut deaf_since: Option<Instant> = None;
        let mut over_at: Option<Instant> = None;
        let (mut taken, mut was_lost): (Option<Haul>, bool) = (None, false);
        let over = effect.run_out();
        tokio::pin!(over);
        while !ordered.is_empty() {
            tokio::select! {
                () = &mut over, if over_at.is_none() => {
                    ordered.iter().for_each(Ordered::take_back);
                    over_at = Some(clock::now());
                }
                () = tokio::time::sleep(LOOK) => interior.table.beat(),
            }
            let has_begun = taken.is_some() || have_begun(&ordered);
            let mut left = Vec::new();
            for one in ordered {
                match self.taken(&one, over_at, has_begun, is_there)? {
                    Some(haul) => {
                        was_lost |= one.stage().0 != Stage::Over;
                        taken = Some(taken.map_or(haul, |taken| together(taken, haul)));
                    }
                    None => left.push(one),
                }
            }
            ordered = left;
            // It waits, and makes no call that is ours.
            if clock::now() >= told_at && ordered.iter().any(|one| one.stage().0 == Stage::Unseen) {
                told_at = clock::now() + CALL;
                let hearing = Hearing::of(program.process_id());
                if hearing == Hearing::Hears {
                    let _ = program.signal(libc::SIGURG); // an error: it has ended, as its connection tells
                }
                // It may be with its loader.
                let since = deaf_since.filter(|_| hearing == Hearing::Deaf).unwrap_or_else(clock::now);
                if clock::now() >= since + TO_LOAD {
                    return Err(self.untaken(DEAF, has_begun));
                }
                deaf_since = (hearing == Hearing::Deaf).then_some(since);
            }
        }
        // It has executed another, or is being ended: whoever hears of it is to find it so.
        let until = clock::now() + TO_END;
        while was_lost && !program.has_exited() && clock::now() < until {
            tokio::time::sleep(LOOK).await;
        }
        Ok(taken.unwrap_or_default())
    }

    /// One for each thread.
    fn order(
        &self,
        interior: &Interior,
        effect: &Effect,
        is_there: impl Fn(u32) -> bool + Copy,
    ) -> Result<Vec<Ordered>, Exception> {
        let left = effect.lease().deadline().saturating_duration_since(clock::now());
        let nanoseconds = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let deadline = now().saturating_add(nanoseconds(left));
        let task = Task { take: self.take, hold: nanoseconds(self.hold), deadline };
        let mut ordered = Vec::new();
        for _ in 0..self.threads {
            match interior.table.order(&task, is_there) {
                Some(one) => ordered.push(one),
                None => return Err(self.untaken(FULL, have_begun(&ordered))),
            }
        }
        Ok(ordered)
    }

    /// What one of them has come to, once it has.
    fn taken(
        &self,
        ordered: &Ordered,
        over_at: Option<Instant>,
        has_begun: bool,
        is_there: impl Fn(u32) -> bool,
    ) -> Result<Option<Haul>, Exception> {
        match ordered.stage() {
            (Stage::Unseen, _) if over_at.is_some() => Err(self.untaken(UNSEEN, has_begun)),
            (Stage::Unseen, _) => Ok(None),
            (Stage::Over, _) => Ok(Some(ordered.haul())),
            (Stage::Failed, _) => Err(self.untaken(&why_failed(ordered.haul().errno), has_begun)),
            (Stage::Gone, _) => Ok(Some(lost(ordered))),
            (Stage::Begun | Stage::Holding, thread) => {
                // Who has ended just now has told before.
                if thread.is_some_and(|thread| !is_there(thread)) && ordered.stage().1 == thread {
                    return Ok(Some(lost(ordered)));
                }
                if over_at.is_some_and(|over_at| clock::now() > over_at + TO_GIVE_BACK) {
                    return Err(Exception::runtime(format!(
                        "{}: the program does not give back within {TO_GIVE_BACK:?} what was taken in it: it is stopped \
                         (by whom?), and does so as soon as it goes on",
                        self.method
                    )));
                }
                Ok(None)
            }
        }
    }

    /// One of its threads has taken nothing: none has, unless others have begun.
    fn untaken(&self, why: &str, has_begun: bool) -> Exception {
        let why = format!("{}: {why}", self.method);
        if has_begun { Exception::runtime(why) } else { refusal(why) }
    }
}

/// Whether one of them has anything, or had.
fn have_begun(ordered: &[Ordered]) -> bool {
    let has_begun = |one: &Ordered| !matches!(one.stage().0, Stage::Unseen | Stage::Failed);
    ordered.iter().any(has_begun)
}

/// Why nothing is taken where others are at it.
const FULL: &str =
    "so much is being taken inside this program that there is no room for more: end some first";
/// Why nothing is taken of a program that does not hear of it.
const UNSEEN: &str = "nothing was taken: the program has made no call meanwhile that the library hooks, and did not take \
    SIGURG (it is stopped, blocks the signal, or makes its system calls itself): start it without --inside, where this is \
    done beside it";
/// Why nothing is taken of a program that is another by now.
const DEAF: &str = "nothing was taken: what the program has executed in its place, without LD_PRELOAD or as another user, \
    has not taken the library in: start that itself with --inside";

/// What was taken by a thread that is gone, with the program that executed another one in its place.
fn lost(ordered: &Ordered) -> Haul {
    ordered.forget();
    let haul = ordered.haul();
    Haul { until: if haul.since == 0 { 0 } else { now() }, ..haul }
}

/// From the first that began to the last that ended.
fn together(one: Haul, other: Haul) -> Haul {
    Haul {
        taken: one.taken + other.taken,
        left: one.left + other.left,
        since: one.since.min(other.since),
        until: one.until.max(other.until),
        errno: 0,
    }
}

fn has_thread(program: &dyn Program, thread: u32) -> bool {
    Path::new(&format!("/proc/{}/task/{thread}", program.process_id())).exists()
}

/// From when all was taken to when it was given back.
pub(super) fn held(haul: &Haul) -> Duration {
    Duration::from_nanos(haul.until.saturating_sub(haul.since))
}

fn why_failed(errno: u64) -> String {
    match Errno::from_raw(i32::try_from(errno).unwrap_or_default()) {
        Errno::E2BIG => "it may have more than 1048576 descriptors, which are too many to take: start it under a lower limit, \
            such as `ulimit -n 4096`"
            .to_owned(),
        Errno::EBUSY => "its descriptors are taken already: end that first (`chaos-kitty effects` lists it, `undo` ends it)".to_owned(),
        other => format!("the kernel refused it to the program: {}", other.desc()),
    }
}
