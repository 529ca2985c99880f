//! How a guard begins: it is forked off the worker, starts the program, if that is not there yet, and lets go of everything
//! else.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;

use nix::sys::signal::SigSet;
use nix::unistd::{ForkResult, fork};
use rustix::process::{Pid, Resource, Rlimit, getrlimit, setrlimit};

use super::channel::Channel;
use super::message::Report;
use super::process::Identity;
use super::ward::Ward;
use super::watch::Watch;

/// Why there is no program.
#[derive(Debug)]
pub(crate) enum Stillbirth {
    NotFound,
    Failed(String),
}

impl From<io::Error> for Stillbirth {
    fn from(error: io::Error) -> Stillbirth {
        Stillbirth::Failed(format!("it can have no guard: {error}"))
    }
}

/// What the worker has of a guard: their channel, and the pids of guard and program.
pub(super) struct Born {
    pub(super) channel: Channel,
    pub(super) guard: Pid,
    pub(super) program: Pid,
}

/// Forks a guard that starts the program.
pub(super) fn give(command: &mut Command) -> Result<Born, Stillbirth> {
    // Should the guard be killed, all that it guards falls to us.
    rustix::process::set_child_subreaper(Some(rustix::process::getpid())).map_err(io::Error::from)?;
    command.process_group(rustix::process::getpgrp().as_raw_pid());
    bear(|channel| live(channel, command))
}

/// Forks a guard for a process that is there already, which this pidfd holds.
pub(super) fn give_beside(identity: Identity, process: OwnedFd) -> Result<Born, Stillbirth> {
    bear(|channel| live_beside(channel, identity, process))
}

#[expect(unsafe_code, reason = "fork has no safe form")]
fn bear(life: impl FnOnce(Channel)) -> Result<Born, Stillbirth> {
    let (ours, theirs) = Channel::pair()?;
    // SAFETY: this process has a single thread still, so that the child finds no lock held and no state half changed.
    let forked = unsafe { fork() }.map_err(io::Error::from)?;
    let guard = match forked {
        ForkResult::Child => {
            drop(ours);
            // A panic has continued everybody on its way, and must not go on in the worker's code.
            let _ = catch_unwind(AssertUnwindSafe(|| life(theirs)));
            std::process::exit(0)
        }
        ForkResult::Parent { child } => pid(child.as_raw())?,
    };
    drop(theirs);
    match ours.receive()? {
        Some(Report::Started { program }) => Ok(Born { channel: ours, guard, program: pid(program)? }),
        Some(Report::NotStarted { not_found: true, .. }) => Err(Stillbirth::NotFound),
        Some(Report::NotStarted { why, .. }) => Err(Stillbirth::Failed(why)),
        _ => Err(Stillbirth::Failed("its guard was killed before it began".to_owned())),
    }
}

fn pid(number: i32) -> io::Result<Pid> {
    Pid::from_raw(number).ok_or_else(|| ErrorKind::InvalidData.into())
}

fn live(channel: Channel, command: &mut Command) {
    let begun = prepare().and_then(|()| command.spawn());
    let program = match begun {
        Ok(child) => Pid::from_child(&child),
        Err(error) => {
            let (not_found, why) = (error.kind() == ErrorKind::NotFound, error.to_string());
            let _ = channel.send(&Report::NotStarted { not_found, why });
            return;
        }
    };
    let _ = let_go([channel.as_fd()]);
    let _ = channel.send(&Report::Started { program: program.as_raw_pid() });
    if let Ok(ward) = Ward::child(program) {
        Watch::over(ward, channel).keep();
    }
}

fn live_beside(channel: Channel, identity: Identity, process: OwnedFd) {
    if let Err(error) = prepare() {
        let _ = channel.send(&Report::NotStarted { not_found: false, why: error.to_string() });
        return;
    }
    // What it complains of is for the host's log, as its attendant's complaints are.
    if let Ok(complaints) = io::stderr().as_fd().try_clone_to_owned() {
        let _ = let_go([channel.as_fd(), process.as_fd(), complaints.as_fd()]);
        let _ = rustix::stdio::dup2_stderr(&complaints);
    } else {
        let _ = let_go([channel.as_fd(), process.as_fd()]);
    }
    let _ = channel.send(&Report::Started { program: identity.pid.as_raw_pid() });
    Watch::over(Ward::Stranger { identity, process }, channel).keep();
}

/// A group of its own keeps the keys of the terminal away; the session stays the wrapper's, since a guard that is in
/// the program's session, and not in its group, is what keeps that group from being orphaned, and a stopped group that
/// is orphaned gets a hangup from the kernel.
fn prepare() -> io::Result<()> {
    SigSet::all().thread_block()?;
    rustix::process::setpgid(None, None)?;
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
    rustix::thread::set_name(c"chaos-kitty-guard")?; // the kernel takes 15 bytes of it
    Ok(())
}

/// Who waits for the end of a pipe, or unmounts a file system, does not wait for us.
#[expect(unsafe_code, reason = "what was inherited has no owner here that could close it")]
fn let_go<const N: usize>(kept: [BorrowedFd<'_>; N]) -> io::Result<()> {
    let mut kept = kept.map(|kept| kept.as_raw_fd().cast_unsigned());
    kept.sort_unstable();
    let mut next = 3;
    for end in kept.into_iter().chain([u32::MAX]) {
        // SAFETY: the descriptors above the three belong to values of the worker's that this process never uses nor drops;
        // those that it uses are left out. close_range touches no memory.
        unsafe { libc::close_range(next, end - 1, 0) };
        next = end.saturating_add(1);
    }
    let nothing = File::options().read(true).write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&nothing)?;
    rustix::stdio::dup2_stdout(&nothing)?;
    rustix::stdio::dup2_stderr(&nothing)?;
    std::env::set_current_dir("/")?;
    // A descriptor for each process that is stopped.
    let maximum = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })?;
    Ok(())
}
