//! Complaints: the lines of the log about what peers do wrong. A few for each process, so that nobody fills the log by
//! misbehaving.

use crate::identity::Peer;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tracing::warn;

/// For how long a process, and all of them together, have their lines.
const WINDOW: Duration = Duration::from_secs(60);
/// The lines about one process.
const EACH: u32 = 10;
/// The lines about all of them.
const ALL: u32 = 200;

/// What was said about peers of late.
#[derive(Debug, Default)]
pub struct Complaints(Mutex<Window>);

#[derive(Debug, Default)]
struct Window {
    began: Duration,
    all: u32,
    /// By pid.
    each: HashMap<i32, u32>,
}

/// Whether there is room for one more line.
#[derive(Debug, PartialEq, Eq)]
enum Room {
    Line,
    /// And then none about this process for a while.
    LastLine,
    /// And then none about anybody.
    LastOfAll,
    None,
}

impl Complaints {
    /// Writes a line about a peer, while there is room for one; `now` is the time since the start of the run.
    pub fn about(&self, peer: &Peer, now: Duration, what: &str) {
        let (pid, uid) = (peer.pid, peer.uid);
        let room = self.0.lock().unwrap_or_else(PoisonError::into_inner).room(pid, now);
        match room {
            Room::Line => warn!(pid, uid, "{what}"),
            Room::LastLine => {
                warn!(pid, uid, "{what} (there may be more: for a minute this log is silent about it)")
            }
            Room::LastOfAll => {
                warn!(
                    pid,
                    uid, "{what} (there may be more: for a minute this log is silent about every peer)"
                )
            }
            Room::None => {}
        }
    }
}

impl Window {
    fn room(&mut self, pid: i32, now: Duration) -> Room {
        if now.saturating_sub(self.began) >= WINDOW {
            *self = Self { began: now, ..Self::default() };
        }
        // It comes first, so that the table never holds more processes than there are lines.
        if self.all >= ALL {
            return Room::None;
        }
        let lines = self.each.entry(pid).or_default();
        if *lines >= EACH {
            return Room::None;
        }
        *lines += 1;
        self.all += 1;
        match () {
            () if self.all == ALL => Room::LastOfAll,
            () if *lines == EACH => Room::LastLine,
            () => Room::Line,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_misbehaves_ten_thousand_times_gets_ten_lines_and_leaves_the_others_theirs() {
        let mut window = Window::default();
        let lines = (0..10_000).map(|_| window.room(7, Duration::ZERO)).filter(|room| *room != Room::None);
        let lines: Vec<_> = lines.collect();
        assert_eq!((lines.len(), lines.last()), (10, Some(&Room::LastLine)));
        assert_eq!(window.room(8, Duration::ZERO), Room::Line);
        assert_eq!(window.room(7, WINDOW), Room::Line, "a minute later");
    }

    #[test]
    fn ten_thousand_processes_together_have_a_bound_too() {
        let mut window = Window::default();
        let lines = (0..10_000).filter(|pid| window.room(*pid, Duration::ZERO) != Room::None).count();
        assert_eq!((lines, window.each.len()), (200, 200));
    }
}
