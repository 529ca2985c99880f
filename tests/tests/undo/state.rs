//! The state of a process, before and after.

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
    pub(crate) fn lasts(&self) -> Result<(), String> {
        let Self { pid, threads, descriptors, resident_mb, children } = State::of(self.pid);
        let is = |what: &str, now: &dyn std::fmt::Debug, before: &dyn std::fmt::Debug| {
            Err(format!("{pid} has {now:?} {what}, and had {before:?}"))
        };
        match () {
            () if vitals::is_stopped(pid) => Err(format!("{pid} is stopped")),
            () if threads > self.threads => is("threads", &threads, &self.threads),
            () if descriptors > self.descriptors => is("descriptors", &descriptors, &self.descriptors),
            () if resident_mb > self.resident_mb + SLACK_MB => is("MiB", &resident_mb, &self.resident_mb),
            () if children.iter().any(|child| !self.children.contains(child)) => {
                is("for children", &children, &self.children)
            }
            () => Ok(()),
        }
    }

    /// Whether it burns CPU time.
    pub(crate) fn burns(&self) -> Result<(), String> {
        let before = vitals::cpu_seconds(self.pid);
        let_pass(WINDOW);
        let burnt = vitals::cpu_seconds(self.pid) - before;
        if burnt <= IDLE { Ok(()) } else { Err(format!("{} burns {burnt} s in {WINDOW:?}", self.pid)) }
    }
}
