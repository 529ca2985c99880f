//! A process, held by its pidfd.

use super::proc::Facts;
use nix::sys::signal::Signal;
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::process::{PidfdFlags, pidfd_open, pidfd_send_signal};
use serde::Serialize;
use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

/// A process that chaos may strike.
///
/// The pidfd names it for as long as we hold it: once the process is gone its number may belong to a stranger, and
/// still nothing that we send arrives there.
#[derive(Debug)]
pub struct Process {
    pid: i32,
    start_time: u64,
    comm: String,
    uids: [u32; 2],
    pidfd: OwnedFd,
}

/// What became of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// The process has exited.
    Exited,
    /// The process has a handler for it, and goes on.
    Caught,
    /// The process ignores it, or its default is to do nothing.
    Ignored,
    /// The process holds it back until it unblocks it.
    Blocked,
    /// The kernel took it, and the process goes on: a continued one, or the init of a pid namespace, whom a signal
    /// without a handler does not reach.
    Accepted,
    /// There was nobody left to take it.
    Gone,
}

impl Process {
    /// Takes hold of the process with this pid, as it is now.
    ///
    /// # Errors
    /// There is no such process, or it ended while we looked.
    pub(crate) fn open(pid: i32) -> io::Result<Self> {
        let number = rustix::process::Pid::from_raw(pid).ok_or(io::ErrorKind::InvalidInput)?;
        Self::held(pid, pidfd_open(number, PidfdFlags::empty())?)
    }

    /// Reads who it is that this pidfd holds.
    pub(super) fn held(pid: i32, pidfd: OwnedFd) -> io::Result<Self> {
        let facts = Facts::read(pid)?;
        let process = Self { pid, start_time: facts.start_time, comm: facts.comm, uids: facts.uids, pidfd };
        // Only now do we know that the pid still belonged to the pidfd when /proc was read.
        if process.has_exited() { Err(io::ErrorKind::NotFound.into()) } else { Ok(process) }
    }

    /// The pid, in the host's namespace.
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// When it started, in clock ticks after boot; with the pid it names the process for ever.
    pub fn start_time(&self) -> u64 {
        self.start_time
    }

    /// The name of its executable, shortened by the kernel to 15 bytes.
    pub fn comm(&self) -> &str {
        &self.comm
    }

    /// Whether both its real and its effective user are this one.
    pub fn belongs_to(&self, uid: u32) -> bool {
        self.uids == [uid, uid]
    }

    /// What /proc says of it now; an error once it has exited.
    pub(super) fn facts(&self) -> io::Result<Facts> {
        let facts = Facts::read(self.pid)?;
        if self.has_exited() { Err(io::ErrorKind::NotFound.into()) } else { Ok(facts) }
    }

    /// Whether it has exited, also where nobody has waited for it yet: a zombie accepts signals.
    pub fn has_exited(&self) -> bool {
        self.exits_within(Duration::ZERO)
    }

    /// Blocks until it has exited, or the time is over; answers whether it has.
    pub fn exits_within(&self, time: Duration) -> bool {
        let mut poll = [PollFd::new(&self.pidfd, PollFlags::IN)];
        let time = Timespec { tv_sec: time.as_secs() as i64, tv_nsec: time.subsec_nanos().into() };
        matches!(rustix::event::poll(&mut poll, Some(&time)), Ok(1))
    }

    /// Sends a signal and says what can be said at once; [`Self::exits_within`] tells the rest.
    ///
    /// # Errors
    /// The kernel refused it (`EPERM`).
    pub fn signal(&self, signal: Signal) -> io::Result<Fate> {
        // A zombie accepts signals, so look first.
        let Ok(before) = self.facts() else { return Ok(Fate::Gone) };
        let number =
            rustix::process::Signal::from_named_raw(signal as i32).ok_or(io::ErrorKind::InvalidInput)?;
        match pidfd_send_signal(&self.pidfd, number) {
            Err(rustix::io::Errno::SRCH) => return Ok(Fate::Gone),
            other => other?,
        }
        let bit = 1_u64 << (signal as u32 - 1);
        let default_ignores = matches!(signal, Signal::SIGCHLD | Signal::SIGURG | Signal::SIGWINCH);
        Ok(match () {
            () if matches!(signal, Signal::SIGKILL) => Fate::Accepted,
            () if before.blocked & bit != 0 => Fate::Blocked,
            () if before.ignored & bit != 0 => Fate::Ignored,
            () if before.caught & bit != 0 => Fate::Caught,
            () if default_ignores => Fate::Ignored,
            () => Fate::Accepted,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn a_zombie_has_exited_and_takes_no_signal() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let process = Process::open(child.id() as i32).unwrap();
        assert!(!process.has_exited());
        assert_eq!(process.signal(Signal::SIGKILL).unwrap(), Fate::Accepted);
        assert!(process.exits_within(Duration::from_secs(30)));
        assert_eq!(process.signal(Signal::SIGTERM).unwrap(), Fate::Gone);
        child.wait().unwrap();
        assert_eq!(process.signal(Signal::SIGTERM).unwrap(), Fate::Gone);
    }

    #[test]
    fn a_signal_that_is_ignored_or_caught_is_told_as_such() {
        use std::io::{BufRead, BufReader};
        let mut child = Command::new("sh")
            .args(["-c", "trap '' USR1; trap : USR2; echo ready; read line"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let process = Process::open(child.id() as i32).unwrap();
        assert_eq!(process.signal(Signal::SIGUSR1).unwrap(), Fate::Ignored);
        assert_eq!(process.signal(Signal::SIGUSR2).unwrap(), Fate::Caught);
        assert_eq!(process.signal(Signal::SIGWINCH).unwrap(), Fate::Ignored);
        drop(child.stdin.take());
        child.wait().unwrap();
    }
}
