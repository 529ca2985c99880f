//! A process as /proc shows it.

use std::path::Path;
use std::{fs, io};

use rustix::io::Errno;
use rustix::process::{Pid, Signal};
use serde::{Deserialize, Serialize};

/// What names a process for ever: a pid alone may be given to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Identity {
    #[serde(with = "number")]
    pub(super) pid: Pid,
    /// Clock ticks after boot.
    pub(super) start: u64,
}

/// What a process is doing, all its threads taken together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doing {
    Running,
    /// In the kernel, where no signal reaches it: on a disk, or in vfork.
    Busy,
    Stopped,
    Ended,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) identity: Identity,
    pub(super) parent: i32,
}

impl Process {
    /// Nothing where there is none with this pid.
    pub(super) fn read(pid: Pid) -> io::Result<Option<Process>> {
        let stat = unless_ended(read(format!("/proc/{pid}/stat")))?;
        Ok(stat.and_then(|stat| Process::parse(pid, &stat)))
    }

    fn parse(pid: Pid, stat: &str) -> Option<Process> {
        let mut fields = after_name(stat)?;
        let parent = fields.nth(1)?.parse().ok()?;
        let start = fields.nth(17)?.parse().ok()?;
        Some(Process { identity: Identity { pid, start }, parent })
    }
}

impl Identity {
    /// Whether this process is still there, be it as a zombie.
    pub(super) fn is_there(self) -> io::Result<bool> {
        Ok(Process::read(self.pid)?.is_some_and(|process| process.identity == self))
    }

    /// A thread in fork() while another one takes the stop can still bear a child: only all of them make it stopped.
    pub(super) fn doing(self) -> io::Result<Doing> {
        let mut doing = Doing::Ended;
        let Some(threads) = unless_ended(fs::read_dir(format!("/proc/{}/task", self.pid)))? else {
            return Ok(doing);
        };
        for thread in threads {
            let Some(thread) = unless_ended(thread)? else { continue };
            let Some(stat) = unless_ended(read(thread.path().join("stat")))? else { continue };
            match after_name(&stat).and_then(|mut fields| fields.next()) {
                Some("Z" | "X") | None => {}
                Some("T" | "t") if doing == Doing::Busy => {}
                Some("T" | "t") => doing = Doing::Stopped,
                Some("D") => doing = Doing::Busy,
                Some(_) => return Ok(Doing::Running),
            }
        }
        Ok(doing)
    }

    /// Whether it lives, as far as that can be seen.
    pub(super) fn has_not_ended(self) -> bool {
        !matches!(self.doing(), Ok(Doing::Ended))
    }

    /// Whether a SIGSTOP waits for it to be scheduled.
    pub(super) fn is_about_to_stop(self) -> bool {
        self.has_pending(Signal::STOP)
    }

    /// Whether a SIGKILL waits for it.
    pub(super) fn is_about_to_be_killed(self) -> bool {
        self.has_pending(Signal::KILL)
    }

    fn has_pending(self, signal: Signal) -> bool {
        let status = read(format!("/proc/{}/status", self.pid)).unwrap_or_default();
        let pending = status.lines().find_map(|line| line.strip_prefix("ShdPnd:"));
        let pending = pending.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        pending.is_some_and(|mask| mask & (1 << (signal.as_raw() - 1)) != 0)
    }
}

/// A thread may name itself anything, also what is no text.
fn read(path: impl AsRef<Path>) -> io::Result<String> {
    Ok(String::from_utf8_lossy(&fs::read(path)?).into_owned())
}

/// Nothing where the process has ended. Any other failure, as for want of descriptors, says nothing about it.
pub(super) fn unless_ended<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if matches!(Errno::from_io_error(&error), Some(Errno::NOENT | Errno::SRCH)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The fields from the state on. The name before it may hold anything: the last parenthesis ends it.
fn after_name(stat: &str) -> Option<std::str::SplitAsciiWhitespace<'_>> {
    Some(stat.rsplit_once(')')?.1.split_ascii_whitespace())
}

/// A pid as it is told to others.
mod number {
    use super::Pid;
    use serde::de::{Deserialize, Deserializer, Error};
    use serde::ser::Serializer;

    pub(super) fn serialize<S: Serializer>(pid: &Pid, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_i32(pid.as_raw_pid())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Pid, D::Error> {
        Pid::from_raw(i32::deserialize(from)?).ok_or_else(|| D::Error::custom("there is no pid 0"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_runs_and_has_a_parent() {
        let process = Process::read(rustix::process::getpid()).unwrap().unwrap();
        assert_eq!(Pid::from_raw(process.parent), rustix::process::getppid());
        assert!(process.identity.is_there().unwrap());
        assert_eq!(process.identity.doing().unwrap(), Doing::Running);
        let another = Identity { start: process.identity.start + 1, ..process.identity };
        assert!(!another.is_there().unwrap());
    }

    #[test]
    fn only_who_is_not_there_has_ended() {
        let failed = |errno: Errno| unless_ended(Err::<(), _>(errno.into()));
        assert!(failed(Errno::SRCH).unwrap().is_none() && failed(Errno::NOENT).unwrap().is_none());
        assert!(failed(Errno::MFILE).is_err() && failed(Errno::PERM).is_err());
    }
}
