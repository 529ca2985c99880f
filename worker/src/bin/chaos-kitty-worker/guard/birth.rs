//! How a guard begins: it is forked off the wrapper, starts the program, and lets go of everything else.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::process::CommandExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;

use nix::sys::signal::SigSet;
use nix::unistd::{ForkResult, fork};
use rustix::process::{Pid, Resource, Rlimit, getrlimit, setrlimit};

use super::channel::Channel;
use super::message::Report;
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

/// What the wrapper has of a guard: their channel, and the pids of guard and program.
pub(super) struct Born {
    pub(super) channel: Channel,
    pub(super) guard: Pid,
    pub(super) program: Pid,
}

/// Forks a guard that starts the program.
#[expect(unsafe_code, reason = "fork has no safe form")]
pub(super) fn give(command: &mut Command) -> Result<Born, Stillbirth> {
    let (ours, theirs) = Channel::pair()?;
    // Should the guard be killed, all that it guards falls to us.
    rustix::process::set_child_subreaper(Some(rustix::process::getpid())).map_err(io::Error::from)?;
    command.process_group(rustix::process::getpgrp().as_raw_pid());
    // SAFETY: this process has a single thread still, so that the child finds no lock held and no state half changed.
    let forked = unsafe { fork() }.map_err(io::Error::from)?;
    let guard = match forked {
        ForkResult::Child => {
            drop(ours);
            // A panic has continued everybody on its way, and must not go on in the wrapper's code.
            let _ = catch_unwind(AssertUnwindSafe(|| live(theirs, command)));
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
    let _ = let_go(&channel);
    let _ = channel.send(&Report::Started { program: program.as_raw_pid() });
    if let Ok(watch) = Watch::over(program, channel) {
        watch.keep();
    }
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
fn let_go(channel: &Channel) -> io::Result<()> {
    let kept = channel.as_fd().as_raw_fd().cast_unsigned();
    // SAFETY: the descriptors above the three belong to values of the wrapper's that this process never uses nor drops;
    // the one that it uses is left out. close_range touches no memory.
    unsafe {
        libc::close_range(3, kept - 1, 0);
        libc::close_range(kept + 1, u32::MAX, 0);
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
