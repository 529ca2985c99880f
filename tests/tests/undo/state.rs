//! The state of a process, before and after.

use std::fmt::Debug;
use std::fs;
use std::time::Duration;

use chaos_kitty_tests::{let_pass, vitals};

/// What a process may be larger by: an allocator keeps what it may need again, and buffers grow once.
const SLACK_MB: f64 = 8.0;
/// Between two readings of what it burns.
const WINDOW: Duration = Duration::from_millis(60);
/// CPU seconds in that time that are no effect's.
const IDLE: f64 = 0.031;

#[derive(Clone, Debug)]
pub(crate) struct State {
    pid: i32,
    threads: usize,
    descriptors: usize,
    resident_mb: f64,
    children: Vec<i32>,
}

impl State {
    pub(crate) fn of(pid: i32) -> State {
        let count = |what: &str| fs::read_dir(format!("/proc/{pid}/{what}")).map_or(0, Iterator::count);
        State {
            pid,
            threads: count("task"),
            descriptors: count("fd"),
            resident_mb: vitals::resident_mb(pid),
            children: vitals::children(pid),
        }
    }

    pub(crate) fn has_more_threads(&self) -> bool {
        State::of(self.pid).threads > self.threads
    }

    /// Whether so many MiB are resident beyond those of before.
    pub(crate) fn has_grown_by(&self, mb: f64) -> bool {
        vitals::resident_mb(self.pid) >= self.resident_mb + mb
    }

    /// What of it is more now than it was, or is stopped.
    pub(crate) fn is_as_before(&self) -> Result<(), String> {
        self.holds_no_more()?;
        let Self { threads, children, .. } = State::of(self.pid);
        match () {
            () if threads > self.threads => self.has_more("threads", &threads, &self.threads),
            () if children.iter().any(|child| !self.children.contains(child)) => {
                self.has_more("for children", &children, &self.children)
            }
            () => Ok(()),
        }
    }

    /// The same of a host, which has threads and children of its own.
    pub(crate) fn holds_no_more(&self) -> Result<(), String> {
        let Self { pid, descriptors, resident_mb, .. } = State::of(self.pid);
        match () {
            () if vitals::is_stopped(pid) => Err(format!("{pid} is stopped")),
            () if descriptors > self.descriptors => {
                self.has_more("descriptors", &descriptors, &self.descriptors)
            }
            () if resident_mb > self.resident_mb + SLACK_MB => {
                self.has_more("MiB", &resident_mb, &self.resident_mb)
            }
            () => Ok(()),
        }
    }

    fn has_more(&self, what: &str, now: &dyn Debug, before: &dyn Debug) -> Result<(), String> {
        Err(format!("{} has {now:?} {what}, and had {before:?}", self.pid))
    }

    /// Whether it burns CPU time.
    pub(crate) fn burns(&self) -> Result<(), String> {
        let before = vitals::cpu_seconds(self.pid);
        let_pass(WINDOW);
        let burnt = vitals::cpu_seconds(self.pid) - before;
        if burnt <= IDLE { Ok(()) } else { Err(format!("{} burns {burnt} s in {WINDOW:?}", self.pid)) }
    }
}
