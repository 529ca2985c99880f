//! What becomes of a signal, as far as it can be seen from outside.
//!
//! The host looks at its own signals in the same way; host and worker share no crate but the bus.

use std::io;
use std::time::Duration;

use crate::lease::Lease;

/// Between two looks at whether it was taken.
const LOOK: Duration = Duration::from_millis(1);

/// What became of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// The program has exited.
    Exited,
    /// It has taken it, by a handler or from those that it blocks.
    Caught,
    /// It ignores it, or its default is to do nothing.
    Ignored,
    /// It waits: the program blocks it, or is stopped.
    Blocked,
    /// The kernel took it, and the program goes on.
    Accepted,
    /// There was nobody left to take it.
    Gone,
}

impl Fate {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Fate::Exited => "exited",
            Fate::Caught => "caught",
            Fate::Ignored => "ignored",
            Fate::Blocked => "blocked",
            Fate::Accepted => "accepted",
            Fate::Gone => "gone",
        }
    }

    pub(super) fn is_hit(self) -> bool {
        matches!(self, Fate::Exited | Fate::Caught)
    }
}

/// Sends a signal and watches until it was taken, or the lease is over.
pub(super) async fn follow(
    pid: u32,
    signal: i32,
    lease: &Lease,
    send: impl FnOnce() -> io::Result<()>,
) -> io::Result<Fate> {
    let Some(before) = Masks::of(pid) else { return Ok(Fate::Gone) }; // a zombie accepts signals
    send()?;
    let bit = 1 << (signal - 1);
    loop {
        let Some(now) = Masks::of(pid) else { return Ok(Fate::Exited) };
        match now.fate(&before, signal) {
            Some(fate) => return Ok(fate),
            None if !lease.is_over() => {}
            None if now.pending & bit != 0 => return Ok(Fate::Blocked),
            // It ends the program, which takes a moment.
            None => return Ok(Fate::Accepted),
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// What a process does about signals: a bit each, bit 0 is signal 1.
struct Masks {
    pending: u64,
    blocked: u64,
    ignored: u64,
    caught: u64,
}

impl Masks {
    /// Nothing where the process has ended.
    fn of(pid: u32) -> Option<Masks> {
        Masks::parse(&std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?)
    }

    fn parse(status: &str) -> Option<Masks> {
        let line = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        if line("State:")?.starts_with(['Z', 'X']) {
            return None;
        }
        let mask = |name: &str| u64::from_str_radix(line(name)?, 16).ok();
        Some(Masks {
            pending: mask("ShdPnd:")?,
            blocked: mask("SigBlk:")?,
            ignored: mask("SigIgn:")?,
            caught: mask("SigCgt:")?,
        })
    }

    /// What became of a signal that was sent after `before`; nothing while that is open.
    fn fate(&self, before: &Masks, signal: i32) -> Option<Fate> {
        let bit = 1 << (signal - 1);
        // One that is blocked waits also where it is ignored: who no longer has it has taken it, as by signalfd. One that
        // is ignored, and was not blocked yet, never waited.
        let was_queued = before.blocked & bit != 0 || !self.ignores(signal);
        match () {
            () if self.pending & bit != 0 => None,
            () if self.caught & bit != 0 => Some(Fate::Caught),
            () if self.blocked & bit != 0 && was_queued => Some(Fate::Caught),
            () if self.ignores(signal) => Some(Fate::Ignored),
            () => None,
        }
    }

    fn ignores(&self, signal: i32) -> bool {
        let bit = 1 << (signal - 1);
        let does_nothing = [libc::SIGCHLD, libc::SIGURG, libc::SIGWINCH, libc::SIGCONT].contains(&signal);
        self.ignored & bit != 0 || (does_nothing && self.caught & bit == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_tells_what_is_done_about_a_signal() {
        let status = "State:\tS (sleeping)\nShdPnd:\t0000000000000200\nSigBlk:\t4\nSigIgn:\t1\nSigCgt:\t0000000000010000\n";
        let masks = Masks::parse(status).unwrap();
        assert_eq!(masks.pending, 1 << (libc::SIGUSR1 - 1));
        assert!(
            masks.ignores(libc::SIGHUP) && masks.ignores(libc::SIGWINCH) && !masks.ignores(libc::SIGTERM)
        );
        assert!(!masks.ignores(libc::SIGCHLD), "it has a handler");
        assert_eq!(masks.blocked, 1 << (libc::SIGQUIT - 1));
        assert!(Masks::parse("State:\tZ (zombie)\n").is_none());
    }

    #[test]
    fn a_signal_that_is_blocked_and_waits_no_longer_was_taken() {
        const SIGNAL: i32 = libc::SIGUSR1;
        const BIT: u64 = 1 << (SIGNAL - 1);
        let none = || Masks { pending: 0, blocked: 0, ignored: 0, caught: 0 };
        let blocked = || Masks { blocked: BIT, ..none() };
        let fate = |before: Masks, now: Masks| now.fate(&before, SIGNAL);
        assert_eq!(fate(blocked(), blocked()), Some(Fate::Caught), "signalfd");
        assert_eq!(fate(none(), blocked()), Some(Fate::Caught), "sigwait unblocks it while it waits for it");
        assert_eq!(
            fate(blocked(), Masks { ignored: BIT, ..blocked() }),
            Some(Fate::Caught),
            "ignored, but queued"
        );
        assert_eq!(
            fate(none(), Masks { ignored: BIT, ..blocked() }),
            Some(Fate::Ignored),
            "blocked only after it"
        );
        assert_eq!(fate(blocked(), Masks { pending: BIT, ..blocked() }), None, "it waits");
        assert_eq!(fate(none(), Masks { caught: BIT, ..none() }), Some(Fate::Caught), "a handler");
        assert_eq!(fate(none(), none()), None, "it ends the program");
    }
}
