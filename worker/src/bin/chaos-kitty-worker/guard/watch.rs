//! The guard's watch: until the program has ended, or the wrapper is gone.

use std::io;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::Pid;

use super::channel::Channel;
use super::hold::Hold;
use super::message::Order;
use super::stops::Stops;
use crate::clock;

/// Between two looks at those that are being stopped.
const LOOK: Duration = Duration::from_millis(1);
/// The same for those that take their time.
const LATER_LOOK: Duration = Duration::from_millis(100);

pub(super) struct Watch {
    channel: Channel,
    children: SignalFd,
    program: Pid,
    stops: Stops,
    holds: Vec<Hold>,
    /// Nobody is left to be stopped.
    is_complete: bool,
}

impl Watch {
    pub(super) fn over(program: Pid, channel: Channel) -> io::Result<Watch> {
        let flags = SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK;
        let children = SignalFd::with_flags(&SigSet::from(Signal::SIGCHLD), flags)?;
        let stops = Stops::below(rustix::process::getpid());
        Ok(Watch { channel, children, program, stops, holds: Vec::new(), is_complete: false })
    }

    /// Returns when there is nothing left to guard, with everybody continued.
    ///
    /// A program that has ended stays a zombie and falls to the wrapper when we leave: its exit status is told to the
    /// one whom it concerns, and until then its pid is nobody else's.
    pub(super) fn keep(mut self) {
        while !self.has_ended() {
            let mut ready =
                [PollFd::new(&self.channel, PollFlags::IN), PollFd::new(&self.children, PollFlags::IN)];
            let polled = poll(&mut ready, self.patience().as_ref());
            let is_told = polled.is_ok() && !ready[0].revents().is_empty();
            while matches!(self.children.read_signal(), Ok(Some(_))) {}
            if is_told {
                match self.channel.receive() {
                    Ok(Some(order)) => self.obey(order),
                    _ => break, // the wrapper is gone
                }
            }
            // Somebody else's wish that it goes on: it is not stopped again.
            if self.stops.was_continued(self.program) {
                self.end(|_| true);
            }
            let now = clock::now();
            self.end(|hold| hold.deadline <= now);
            self.stop();
        }
        self.end(|_| true);
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Hold { number, length } => {
                self.holds.push(Hold { number, deadline: clock::now() + length, since: None });
                self.is_complete = false;
            }
            Order::Release { number } => self.end(|hold| hold.number == number),
        }
    }

    /// Stops who is to be stopped now.
    fn stop(&mut self) {
        if self.holds.is_empty() || (self.is_complete && !self.stops.are_overdue()) {
            return;
        }
        self.is_complete = self.stops.go_on();
        if self.is_complete && self.stops.count() > 0 {
            let now = clock::now();
            self.holds.iter_mut().for_each(|hold| hold.since = hold.since.or(Some(now)));
        }
    }

    /// Ends these holds. Everybody goes on with the last one; who hears of it may rely on that.
    fn end(&mut self, is_over: impl Fn(&Hold) -> bool) {
        let (over, left): (Vec<_>, Vec<_>) = self.holds.drain(..).partition(is_over);
        self.holds = left;
        if over.is_empty() {
            return;
        }
        let processes = self.stops.count();
        // A hold may be shorter than it takes to see that everybody is stopped.
        let (since, missed) =
            if self.is_complete { (None, self.stops.missed()) } else { self.stops.so_far() };
        if self.holds.is_empty() {
            self.stops.undo();
        }
        let now = clock::now();
        for mut hold in over {
            hold.since = hold.since.or(since);
            let _ = self.channel.send(&hold.report(now, processes, missed)); // an error: nobody is there to hear it
        }
    }

    /// Reaps those that fell to us. True when the program is among the dead, which is not reaped.
    fn has_ended(&self) -> bool {
        let ended = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG;
        loop {
            match waitid(Id::All, ended | WaitPidFlag::WNOWAIT).map(|status| status.pid()) {
                Ok(Some(pid)) if pid.as_raw() == self.program.as_raw_pid() => return true,
                Ok(Some(pid)) => drop(waitid(Id::Pid(pid), ended)),
                Ok(None) | Err(Errno::EINTR) => return false,
                Err(_) => return true, // there is no child left, so we have lost it
            }
        }
    }

    /// How long nothing has to be done; for ever when nothing is under way.
    fn patience(&self) -> Option<Timespec> {
        let next = self.holds.iter().map(|hold| hold.deadline).min()?;
        let left = next.saturating_duration_since(clock::now());
        let left = match (self.is_complete, self.stops.are_overdue()) {
            (true, false) => left,
            (true, true) => left.min(LATER_LOOK),
            (false, _) => left.min(LOOK),
        };
        Timespec::try_from(left).ok()
    }
}
