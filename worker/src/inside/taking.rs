//! Taking something inside the program: the order, and what it comes to.

use std::path::Path;
use std::time::{Duration, Instant};

use chaos_kitty_bus::Exception;
use chaos_kitty_table::{Haul, Ordered, Stage, Take, Task, now};

use super::interior::Interior;
use crate::beside::Program;
use crate::clock;
use crate::effects::Effect;

/// Between two looks at how far it is.
const LOOK: Duration = Duration::from_millis(5);
/// How long the program may take to make a call by itself before it is told, and between two times that it is.
const CALL: Duration = Duration::from_millis(50);
/// How long it may take to give everything back once it is told to.
const TO_GIVE_BACK: Duration = Duration::from_secs(2);

/// Has it taken, and given back when the effect is over at the latest.
///
/// # Errors
/// RuntimeError: why nothing was taken, or what was taken is not given back.
pub(super) async fn taking(
    interior: &Interior,
    program: &dyn Program,
    effect: &Effect,
    (method, take): (&str, Take),
    hold: Duration,
) -> Result<Haul, Exception> {
    let left = effect.lease().deadline().saturating_duration_since(clock::now());
    let nanoseconds = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    let task = Task { take, hold: nanoseconds(hold), deadline: now().saturating_add(nanoseconds(left)) };
    let is_there = |thread: u32| has_thread(program, thread);
    let ordered = interior.table.order(&task, is_there).ok_or_else(|| {
        Exception::runtime(format!(
            "{method}: so much is being taken inside this program that there is no room for more: end some first"
        ))
    })?;
    let mut told_at = clock::now() + CALL;
    let mut over_at: Option<Instant> = None;
    let over = effect.run_out();
    tokio::pin!(over);
    loop {
        tokio::select! {
            () = &mut over, if over_at.is_none() => {
                ordered.take_back();
                over_at = Some(clock::now());
            }
            () = tokio::time::sleep(LOOK) => interior.table.beat(),
        }
        match ordered.stage() {
            Stage::Unseen if over_at.is_some() => return Err(unseen(method)),
            // It waits, and makes no call that is ours.
            Stage::Unseen if clock::now() >= told_at => {
                let _ = program.signal(libc::SIGURG); // an error: it has ended, as its connection tells
                told_at = clock::now() + CALL;
            }
            Stage::Unseen => {}
            Stage::Over => return Ok(ordered.haul()),
            Stage::Failed => return Err(failed(method, ordered.haul().errno)),
            Stage::Begun | Stage::Holding => {
                if let Some(haul) = lost(&ordered, &is_there) {
                    return Ok(haul);
                }
                if over_at.is_some_and(|over_at| clock::now() > over_at + TO_GIVE_BACK) {
                    return Err(Exception::runtime(format!(
                        "{method}: the program does not give back within {TO_GIVE_BACK:?} what was taken in it: it is stopped \
                         (by whom?), and does so as soon as it goes on"
                    )));
                }
            }
        }
    }
}

/// What was taken by a thread that is gone, with the program that executed another one in its place.
fn lost(ordered: &Ordered, is_there: &impl Fn(u32) -> bool) -> Option<Haul> {
    let thread = ordered.thread()?;
    // Who has ended just now has told before.
    if is_there(thread) || matches!(ordered.stage(), Stage::Over | Stage::Failed) {
        return None;
    }
    ordered.forget();
    let haul = ordered.haul();
    Some(Haul { until: if haul.since == 0 { 0 } else { now() }, ..haul })
}

fn has_thread(program: &dyn Program, thread: u32) -> bool {
    Path::new(&format!("/proc/{}/task/{thread}", program.process_id())).exists()
}

/// From when all was taken to when it was given back.
pub(super) fn held(haul: &Haul) -> Duration {
    Duration::from_nanos(haul.until.saturating_sub(haul.since))
}

fn unseen(method: &str) -> Exception {
    Exception::runtime(format!(
        "{method}: nothing was taken: the program has made no call meanwhile that the library hooks, and did not take SIGURG \
         (it is stopped, blocks the signal, or makes its system calls itself): start it without --inside, where this is done \
         beside it"
    ))
}

fn failed(method: &str, errno: u64) -> Exception {
    let errno = nix::errno::Errno::from_raw(i32::try_from(errno).unwrap_or_default());
    let why = match errno {
        nix::errno::Errno::E2BIG => {
            "it may have more than 1048576 descriptors, which are too many to take: start it under a lower limit, such as \
             `ulimit -n 4096`"
                .to_owned()
        }
        nix::errno::Errno::EBUSY => "its descriptors are taken already: end that first".to_owned(),
        other => format!("the kernel refused it to the program: {}", other.desc()),
    };
    Exception::runtime(format!("{method}: {why}"))
}
