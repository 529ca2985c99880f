//! Which processors two processes run on. Left to itself, the system puts a bare ping-pong on one processor and wakes another
//! for everything else: that would be compared, and not the ways.

use rustix::process::Pid;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use std::collections::BTreeSet;
use std::fs;

/// A processor for this thread and one for the other process. What either starts stays where it is.
#[derive(Clone, Copy)]
pub(crate) enum Placement {
    At {
        ours: usize,
        theirs: usize,
    },
    /// Wherever the system puts them.
    Anywhere,
}

/// This thread may run where it might before, once it is dropped.
pub(crate) struct Placed(CpuSet);

impl Placement {
    /// Both on one.
    pub(crate) fn one() -> Self {
        let first = processors()[0];
        Self::At { ours: first, theirs: first }
    }

    /// Each on its own; none where there is but one.
    pub(crate) fn two() -> Option<Self> {
        let [ours, theirs] = *processors().first_chunk()?;
        Some(Self::At { ours, theirs })
    }

    pub(crate) fn place(self) -> Placed {
        let before = sched_getaffinity(None).expect("a thread runs somewhere");
        if let Self::At { ours, .. } = self {
            sched_setaffinity(None, &only(ours)).expect("it may run there");
        }
        Placed(before)
    }

    /// Places the processes that this starts, with all of their threads.
    pub(crate) fn others<T>(self, start: impl FnOnce() -> T) -> T {
        let before = children();
        let started = start();
        children().difference(&before).for_each(|child| self.put(*child));
        started
    }

    /// Places another process, with all of the threads that it has.
    pub(crate) fn put(self, process: i32) {
        if let Self::At { theirs, .. } = self {
            for thread in numbers(&format!("/proc/{process}/task")) {
                sched_setaffinity(Pid::from_raw(thread), &only(theirs)).expect("it may run there");
            }
        }
    }
}

impl Drop for Placed {
    fn drop(&mut self) {
        let _ = sched_setaffinity(None, &self.0);
    }
}

fn processors() -> Vec<usize> {
    let allowed = sched_getaffinity(None).expect("a thread runs somewhere");
    (0..CpuSet::MAX_CPU).filter(|cpu| allowed.is_set(*cpu)).collect()
}

fn only(processor: usize) -> CpuSet {
    let mut set = CpuSet::new();
    set.set(processor);
    set
}

/// The processes that this one has started.
fn children() -> BTreeSet<i32> {
    let of = |thread: i32| fs::read_to_string(format!("/proc/self/task/{thread}/children"));
    let all: Vec<String> =
        numbers("/proc/self/task").into_iter().filter_map(|thread| of(thread).ok()).collect();
    all.iter().flat_map(|some| some.split_whitespace()).filter_map(|pid| pid.parse().ok()).collect()
}

/// What a directory holds.
fn numbers(directory: &str) -> Vec<i32> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}
