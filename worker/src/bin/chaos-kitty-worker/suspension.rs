//! A suspension: a key on the terminal, or the terminal itself, stops a job; the wrapper stops when its program has.
//!
//! A shell takes the terminal back as soon as the wrapper stops, while a program may first want to set it right.

use std::io;
use std::time::{Duration, Instant};

use chaos_kitty_worker::beside::Program;
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use rustix::event::Timespec;
use rustix::process::{getpgid, getpid, kill_process};

use crate::clock;
use crate::guard::Guard;

/// How long most programs take to stop at most.
const TO_STOP: Duration = Duration::from_secs(1);
/// Between two looks at a program that is about to stop.
const LOOK: Timespec = Timespec { tv_sec: 0, tv_nsec: 2_000_000 };
/// The same for one that takes its time, or does not want to.
const LATER_LOOK: Timespec = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };

#[derive(Debug)]
pub(crate) struct Suspension {
    signal: Signal,
    /// Until when it is likely that the program has not taken the signal yet.
    deadline: Instant,
    /// The program was held by its guard when the signal came, and forgets it when it is continued.
    is_lost: bool,
}

impl Suspension {
    pub(crate) fn by(signal: Signal, guard: &Guard) -> Suspension {
        // To be known now: the hold may be over before anybody looks again.
        Suspension { signal, deadline: clock::now() + TO_STOP, is_lost: guard.is_holding() }
    }

    /// How long there is nothing to see; while a hold lasts, the guard tells its end.
    pub(crate) fn patience(&self, guard: &Guard) -> Option<Timespec> {
        match (guard.is_holding(), self.is_fresh()) {
            (true, _) if self.is_lost || !self.is_fresh() => None,
            (_, true) => Some(LOOK),
            (_, false) => Some(LATER_LOOK),
        }
    }

    /// Sees how far it is, and stops us when it is time. True when it is over.
    pub(crate) fn go_on(&mut self, guard: &Guard) -> io::Result<bool> {
        if guard.is_holding() {
            self.is_lost |= self.is_fresh();
            return Ok(false);
        }
        if self.is_lost {
            self.is_lost = false;
            self.deadline = clock::now() + TO_STOP;
            self.repeat(guard)?;
        }
        if !is_suspended(guard) {
            return Ok(false);
        }
        self.stop(guard)?;
        Ok(true)
    }

    fn is_fresh(&self) -> bool {
        clock::now() < self.deadline
    }

    /// To the program alone: others in our group may be nobody's whom we started.
    fn repeat(&self, guard: &Guard) -> io::Result<()> {
        if getpgid(Some(guard.program())) == getpgid(None) {
            guard.signal(self.signal as i32)?;
        }
        Ok(())
    }

    /// Stops us, unless the program goes on already: we would be left behind.
    fn stop(&self, guard: &Guard) -> io::Result<()> {
        let Some(signal) = rustix::process::Signal::from_named_raw(self.signal as i32) else { return Ok(()) };
        let set = SigSet::from(self.signal);
        // The signal itself: in a group without a shell that would continue us it stops nobody. It is blocked, and waits.
        kill_process(getpid(), signal)?;
        if is_suspended(guard) {
            // Whoever continues us from here on takes back what waits, or wakes us.
            set.thread_unblock()?;
            set.thread_block()?;
        } else {
            SignalFd::with_flags(&set, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?.read_signal()?;
        }
        Ok(())
    }
}

/// Whether the program is stopped, and not by a hold, which would be known of before it stops anybody.
fn is_suspended(guard: &Guard) -> bool {
    guard.program_is_stopped() && !guard.is_holding()
}
