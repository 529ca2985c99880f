//! The worker's handle on its guard, and through it on the program.

use std::collections::HashMap;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chaos_kitty_worker::beside::{Held, Holding, Program};
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitOptions, getpgid, pidfd_open, pidfd_send_signal, waitpid,
};
use tokio::sync::oneshot;

use super::birth::{self, Born, Stillbirth};
use super::channel::Channel;
use super::freezer::{Freezer, is_gone};
use super::insistence::insist;
use super::message::{Order, Report};
use super::process::{Doing, Identity, Process, unless_ended};
use super::ward::has_exited;

#[derive(Debug)]
pub(crate) struct Guard {
    channel: Channel,
    guard: Pid,
    program: Pid,
    /// Whether we have started it.
    is_ours: bool,
    /// It names the program also when we have reaped it.
    process: OwnedFd,
    holds: Mutex<Holds>,
}

#[derive(Debug, Default)]
struct Holds {
    is_gone: bool,
    count: u64,
    /// What the guard has frozen, or is about to freeze.
    freezer: Option<Freezer>,
    /// Whom it has stopped, or is about to stop, parents before their children.
    stopped: Vec<Identity>,
    waiting: HashMap<u64, oneshot::Sender<Held>>,
}

impl Guard {
    /// Starts the program under a guard. It is to be called while there is one thread.
    pub(crate) fn start(mut command: Command) -> Result<Guard, Stillbirth> {
        let Born { channel, guard, program } = birth::give(&mut command)?;
        // The guard does not reap it, and we do not yet: the pid is the program's.
        let process = pidfd_open(program, PidfdFlags::empty()).map_err(io::Error::from)?;
        Ok(Guard { channel, guard, program, is_ours: true, process, holds: Mutex::default() })
    }

    /// Guards a process that is there already, and that this pidfd holds. It is to be called while there is one thread.
    pub(crate) fn attend(program: Pid, process: OwnedFd) -> Result<Guard, Stillbirth> {
        let read = Process::read(program)?;
        // The pidfd was there first: as long as its process is, what was read is that one's.
        let Some(Process { identity, .. }) = read.filter(|_| !has_exited(&process)) else {
            return Err(Stillbirth::NotFound);
        };
        let held = process.try_clone()?;
        let Born { channel, guard, program } = birth::give_beside(identity, held)?;
        Ok(Guard { channel, guard, program, is_ours: false, process, holds: Mutex::default() })
    }

    /// Has the guard continue everybody and leave: [`Guard::hear`] tells when it has.
    pub(crate) fn dismiss(&self) {
        self.channel.end();
    }

    /// The program's pid.
    pub(crate) fn program(&self) -> Pid {
        self.program
    }

    /// Passes on a signal that the wrapper got.
    ///
    /// A shell continues a job as a whole: a program in our group has been continued already, and one that sets up its
    /// terminal on that signal is disturbed by a second.
    pub(crate) fn pass_on(&self, number: i32) -> io::Result<()> {
        if number == Signal::CONT.as_raw() && getpgid(Some(self.program)) == getpgid(None) {
            return Ok(());
        }
        self.signal(number)
    }

    /// Whether the program is stopped, by whomever.
    pub(crate) fn program_is_stopped(&self) -> bool {
        let program = Process::read(self.program).ok().flatten();
        program.is_some_and(|program| matches!(program.identity.doing(), Ok(Doing::Stopped)))
    }

    /// Whether a hold is under way.
    pub(crate) fn is_holding(&self) -> bool {
        !self.holds().waiting.is_empty()
    }

    /// Whether the guard is, by itself or killed: what is to be undone falls to us.
    pub(crate) fn is_gone(&self) -> bool {
        self.holds().is_gone
    }

    /// Ends all holds.
    pub(crate) fn release_all(&self) {
        let held: Vec<u64> = self.holds().waiting.keys().copied().collect();
        held.into_iter().for_each(|hold| self.release(hold));
    }

    /// Hears what the guard has to say. False when it has said everything and is gone.
    pub(crate) fn hear(&self) -> bool {
        match self.channel.receive() {
            Ok(Some(Report::Held { number, held, is_last })) => {
                if held.strangers > 0 {
                    tracing::warn!(
                        "{} processes that do not descend from {} have entered its control group while that was frozen, \
                         and were frozen with it",
                        held.strangers,
                        self.program
                    );
                }
                let mut holds = self.holds();
                if is_last {
                    holds.freezer = None;
                    holds.stopped.clear();
                }
                if let Some(waiting) = holds.waiting.remove(&number) {
                    let _ = waiting.send(held); // an error: nobody waits for it any more
                }
                true
            }
            Ok(Some(Report::Stops { all })) => {
                self.holds().stopped.extend(all);
                true
            }
            Ok(Some(Report::Freezes { freezer })) => {
                self.holds().freezer = Some(freezer);
                true
            }
            Ok(Some(_)) => true,
            _ => {
                self.take_over();
                false
            }
        }
    }

    /// The guard has left, since the program has ended or it was dismissed; or it was killed: what it guarded is ours now.
    fn take_over(&self) {
        // Its socket is closed before its children are ours.
        let ended = waitpid(Some(self.guard), WaitOptions::empty());
        if let Ok(Some((_, status))) = ended
            && let Some(signal) = status.terminating_signal()
        {
            tracing::warn!(
                "the guard {} of the program {} was killed by signal {signal}: whoever it held goes on, \
                 and the program is held no more: {} to have that back",
                self.guard,
                self.program,
                self.anew()
            );
        }
        let (waiting, freezer, stopped) = {
            let mut holds = self.holds();
            holds.is_gone = true;
            (std::mem::take(&mut holds.waiting), holds.freezer.take(), std::mem::take(&mut holds.stopped))
        };
        // One that left by itself has continued everybody.
        if !matches!(&ended, Ok(Some((_, status))) if status.exit_status() == Some(0)) {
            self.undo(freezer, stopped);
        }
        drop(waiting); // who waits may rely on it
    }

    /// Undoes in the guard's place what it had done, or was about to do: nobody else is touched.
    fn undo(&self, freezer: Option<Freezer>, mut stopped: Vec<Identity>) {
        let program = self.program;
        if let Some(freezer) = freezer {
            let thaw = || freezer.held().and_then(|switch| switch.thaw());
            insist(
                || thaw().or_else(|error| if is_gone(&error) { Ok(()) } else { Err(error) }),
                |error| {
                    let group = freezer.folder().display();
                    tracing::warn!(
                        "the control group {group} of the program {program} cannot be thawed ({error}): it is tried until it can"
                    );
                },
            );
        }
        insist(
            || {
                let mut failed = Ok(());
                // Children first, as the guard would have. Who does not look stopped may have its stop before it.
                for at in (0..stopped.len()).rev() {
                    match go_on(stopped[at]) {
                        Ok(()) => drop(stopped.remove(at)),
                        Err(error) => failed = Err(error),
                    }
                }
                failed
            },
            |error| {
                tracing::warn!(
                    "of those that the program {program} was stopped with not all can be continued ({error}): \
                     it is tried until they can"
                );
            },
        );
    }

    fn anew(&self) -> &'static str {
        if self.is_ours { "start it anew" } else { "detach it and attach it again" }
    }

    fn holds(&self) -> MutexGuard<'_, Holds> {
        self.holds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Continues it; nothing where it has ended.
///
/// # Errors
/// It cannot be reached now, as for want of a descriptor.
fn go_on(identity: Identity) -> io::Result<()> {
    let continued = || {
        let process = pidfd_open(identity.pid, PidfdFlags::empty())?;
        // The pidfd first: who is there under this identity is what it holds.
        if identity.is_there()? { Ok(pidfd_send_signal(&process, Signal::CONT)?) } else { Ok(()) }
    };
    match unless_ended(continued()) {
        // It has become somebody else's since, whom we may not reach, now or later.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            tracing::warn!("{} cannot be continued ({error}): send it SIGCONT", identity.pid);
            Ok(())
        }
        done => done.map(drop),
    }
}

impl AsFd for Guard {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.channel.as_fd()
    }
}

impl Program for Guard {
    fn process_id(&self) -> u32 {
        self.program.as_raw_pid().cast_unsigned()
    }

    fn has_exited(&self) -> bool {
        has_exited(&self.process)
    }

    fn hold(&self, length: Duration, lease: Duration) -> io::Result<Holding> {
        let mut holds = self.holds();
        if holds.is_gone {
            let why = "the program's guard is gone, and nobody would continue it";
            return Err(io::Error::other(format!("{why}: {}", self.anew())));
        }
        holds.count += 1;
        let number = holds.count;
        self.channel.send(&Order::Hold { number, length, lease }).map_err(|error| {
            io::Error::other(format!("the program's guard cannot be reached ({error}): is it stopped?"))
        })?;
        let (waiting, over) = oneshot::channel();
        holds.waiting.insert(number, waiting);
        Ok(Holding { number, over })
    }

    fn release(&self, hold: u64) {
        if self.holds().waiting.contains_key(&hold) {
            let _ = self.channel.send(&Order::Release { number: hold }); // an error: it has a deadline
        }
    }

    fn signal(&self, number: i32) -> io::Result<()> {
        let signal = Signal::from_named_raw(number).ok_or(io::ErrorKind::InvalidInput)?;
        Ok(pidfd_send_signal(&self.process, signal)?)
    }
}
