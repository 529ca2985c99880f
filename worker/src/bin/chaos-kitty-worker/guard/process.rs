//! A process as /proc shows it.

use std::fs;

use rustix::process::{Pid, Signal};

/// What names a process for ever: a pid alone may be given to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Identity {
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
    pub(super) fn read(pid: Pid) -> Option<Process> {
        let stat = read(&format!("/proc/{pid}/stat"))?;
        let mut fields = after_name(&stat)?;
        let parent = fields.nth(1)?.parse().ok()?;
        let start = fields.nth(17)?.parse().ok()?;
        Some(Process { identity: Identity { pid, start }, parent })
    }
}

impl Identity {
    /// Whether this process is still there, be it as a zombie.
    pub(super) fn is_there(self) -> bool {
        Process::read(self.pid).is_some_and(|process| process.identity == self)
    }

    /// A thread in fork() while another one takes the stop can still bear a child: only all of them make it stopped.
    pub(super) fn doing(self) -> Doing {
        let Ok(threads) = fs::read_dir(format!("/proc/{}/task", self.pid)) else { return Doing::Ended };
        let mut doing = Doing::Ended;
        for thread in threads.flatten() {
            let stat = thread.path().join("stat");
            let Some(stat) = stat.to_str().and_then(read) else { continue };
            match after_name(&stat).and_then(|mut fields| fields.next()) {
                Some("Z" | "X") | None => {}
                Some("T" | "t") if doing == Doing::Busy => {}
                Some("T" | "t") => doing = Doing::Stopped,
                Some("D") => doing = Doing::Busy,
                Some(_) => return Doing::Running,
            }
        }
        doing
    }

    /// Whether a SIGSTOP waits for it to be scheduled.
    pub(super) fn is_about_to_stop(self) -> bool {
        let status = read(&format!("/proc/{}/status", self.pid)).unwrap_or_default();
        let pending = status.lines().find_map(|line| line.strip_prefix("ShdPnd:"));
        let pending = pending.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        pending.is_some_and(|mask| mask & (1 << (Signal::STOP.as_raw() - 1)) != 0)
    }
}

/// A thread may name itself anything, also what is no text.
fn read(path: &str) -> Option<String> {
    Some(String::from_utf8_lossy(&fs::read(path).ok()?).into_owned())
}

/// The fields from the state on. The name before it may hold anything: the last parenthesis ends it.
fn after_name(stat: &str) -> Option<std::str::SplitAsciiWhitespace<'_>> {
    Some(stat.rsplit_once(')')?.1.split_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_runs_and_has_a_parent() {
        let process = Process::read(rustix::process::getpid()).unwrap();
        assert_eq!(Pid::from_raw(process.parent), rustix::process::getppid());
        assert!(process.identity.is_there());
        assert_eq!(process.identity.doing(), Doing::Running);
        let another = Identity { start: process.identity.start + 1, ..process.identity };
        assert!(!another.is_there());
    }
}
