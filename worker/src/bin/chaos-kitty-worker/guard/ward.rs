//! The ward: the process that a guard guards, a child of its own, or one that was there before it.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::errno::Errno;
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::Pid;

use super::kin::Root;
use super::process::Identity;

#[derive(Debug)]
pub(super) enum Ward {
    /// We started it, and everything below us is its.
    Child { program: Pid, children: SignalFd },
    /// Somebody else did.
    Stranger { identity: Identity, process: OwnedFd },
}

impl Ward {
    pub(super) fn child(program: Pid) -> io::Result<Ward> {
        let flags = SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK;
        let children = SignalFd::with_flags(&SigSet::from(Signal::SIGCHLD), flags)?;
        Ok(Ward::Child { program, children })
    }

    pub(super) fn pid(&self) -> Pid {
        match self {
            Ward::Child { program, .. } => *program,
            Ward::Stranger { identity, .. } => identity.pid,
        }
    }

    /// Whose kin it is that is held.
    pub(super) fn root(&self) -> Root {
        match self {
            Ward::Child { .. } => Root::Below(rustix::process::getpid()),
            Ward::Stranger { identity, .. } => Root::From(*identity),
        }
    }

    /// Whether the kernel tells us when somebody else continues it: it tells a parent.
    pub(super) fn is_told_of(&self) -> bool {
        matches!(self, Ward::Child { .. })
    }

    /// Reaps those that fell to us. True when the ward is among the dead, which is not reaped.
    pub(super) fn has_ended(&self) -> bool {
        let (program, children) = match self {
            Ward::Child { program, children } => (program, children),
            Ward::Stranger { process, .. } => return has_exited(process),
        };
        while matches!(children.read_signal(), Ok(Some(_))) {}
        let ended = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG;
        loop {
            match waitid(Id::All, ended | WaitPidFlag::WNOWAIT).map(|status| status.pid()) {
                Ok(Some(pid)) if pid.as_raw() == program.as_raw_pid() => return true,
                Ok(Some(pid)) => drop(waitid(Id::Pid(pid), ended)),
                Ok(None) | Err(Errno::EINTR) => return false,
                Err(_) => return true, // there is no child left, so we have lost it
            }
        }
    }
}

/// Whether the process of this pidfd has, be it as a zombie.
pub(super) fn has_exited(process: &OwnedFd) -> bool {
    const NOW: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };
    matches!(poll(&mut [PollFd::new(process, PollFlags::IN)], Some(&NOW)), Ok(1))
}

/// Readable when something has happened to it.
impl AsFd for Ward {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Ward::Child { children, .. } => children.as_fd(),
            Ward::Stranger { process, .. } => process.as_fd(),
        }
    }
}
