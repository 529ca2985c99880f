//! A suspension: a key on the terminal, or the terminal itself, stops a job; the wrapper stops when its program has.
//!
//! A shell takes the terminal back as soon as the wrapper stops, while a program may first want to set it right.

use std::io;
use std::time::{Duration, Instant};

use nix::sys::signal::{SigSet, Signal};
use rustix::process::{getpid, kill_process, kill_process_group};

use crate::clock;
use crate::guard::Guard;

/// How long a program may take to stop; after that it counts as one that does not want to.
const TO_STOP: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(crate) struct Suspension {
    signal: Signal,
    deadline: Instant,
    /// The program was held by its guard when the signal came, and forgets it when it is continued.
    is_lost: bool,
}

impl Suspension {
    pub(crate) fn by(signal: Signal) -> Suspension {
        Suspension { signal, deadline: clock::now() + TO_STOP, is_lost: false }
    }

    /// Sees how far it is, and stops us when it is time. True when it is over.
    pub(crate) fn go_on(&mut self, guard: &Guard) -> io::Result<bool> {
        if guard.is_holding() {
            self.is_lost = true;
            return Ok(false);
        }
        if self.is_lost {
            self.send(|signal| kill_process_group(rustix::process::getpgrp(), signal))?;
            return Ok(true);
        }
        if guard.program_is_stopped() {
            // The signal itself: in a group without a shell that would continue us it stops nobody.
            let set = SigSet::from(self.signal);
            set.thread_unblock()?;
            self.send(|signal| kill_process(getpid(), signal))?;
            set.thread_block()?;
            return Ok(true);
        }
        Ok(clock::now() >= self.deadline)
    }

    fn send(&self, send: impl Fn(rustix::process::Signal) -> rustix::io::Result<()>) -> io::Result<()> {
        match rustix::process::Signal::from_named_raw(self.signal as i32) {
            Some(signal) => Ok(send(signal)?),
            None => Ok(()),
        }
    }
}
