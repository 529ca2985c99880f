//! The signals that a wrapper gets, and passes on.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::process::CommandExt;
use std::process::Command;

use nix::sys::signal::{SigHandler, SigSet, SigmaskHow, Signal, signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use rustix::process::{getpid, getsid};

/// What is passed on.
const PASSED_ON: [Signal; 7] = [
    Signal::SIGTERM,
    Signal::SIGINT,
    Signal::SIGHUP,
    Signal::SIGUSR1,
    Signal::SIGUSR2,
    Signal::SIGQUIT,
    Signal::SIGWINCH,
];
/// What stops a job. It reaches wrapper and program alike, but not at the same moment.
const STOPS: [Signal; 3] = [Signal::SIGTSTP, Signal::SIGTTIN, Signal::SIGTTOU];
/// The `si_code` of what the kernel sends by itself, as for a key on the terminal.
const SI_KERNEL: i32 = 0x80;

/// Signals as a queue to be read. They stay blocked in the threads that start later.
pub(crate) struct Signals {
    queue: SignalFd,
    mask_before: SigSet,
    children_before: SigHandler,
}

/// What there is to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// A child changed its state.
    Child,
    /// The signal with this number is the program's.
    PassOn(i32),
    /// It is the whole job's, and the program has it already.
    OfTheJob(i32),
    /// The job is to stop.
    Suspend(Signal),
    /// The job is to go on.
    Continue,
}

impl Signals {
    /// Call it before the program starts, so that none is lost between.
    #[expect(unsafe_code, reason = "how a signal is handled is the whole process's")]
    pub(crate) fn block() -> io::Result<Signals> {
        let mut set: SigSet = PASSED_ON.into_iter().chain(STOPS).collect();
        set.add(Signal::SIGCHLD);
        set.add(Signal::SIGCONT);
        let mask_before = set.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
        // Who ignores it, as some that start us do, is never told how a child ended.
        // SAFETY: the default has no handler that could be wrong, and nobody else here has set one.
        let children_before = unsafe { signal(Signal::SIGCHLD, SigHandler::SigDfl) }?;
        Ok(Signals {
            queue: SignalFd::with_flags(&set, SfdFlags::SFD_CLOEXEC)?,
            mask_before,
            children_before,
        })
    }

    /// The program shall find signals as we found them: masks, and what is ignored, are inherited.
    #[expect(unsafe_code, reason = "both can only be restored between fork and exec")]
    pub(crate) fn restore_in(&self, command: &mut Command) {
        let (mask, children) = (self.mask_before, self.children_before);
        let restore = move || {
            // SAFETY: it is what it was when we were started, when there was no handler of ours.
            unsafe { signal(Signal::SIGCHLD, children) }?;
            Ok(mask.thread_set_mask()?)
        };
        // SAFETY: sigaction and sigprocmask are async-signal-safe, and the closure does nothing else: no lock, no
        // allocation.
        unsafe { command.pre_exec(restore) };
    }

    /// Takes the next one, and waits for it where there is none.
    pub(crate) fn next(&self) -> io::Result<Option<Arrival>> {
        let Some(signal) = self.queue.read_signal()? else { return Ok(None) };
        let number = signal.ssi_signo as i32;
        if number == Signal::SIGCHLD as i32 {
            return Ok(Some(Arrival::Child));
        }
        if number == Signal::SIGCONT as i32 {
            return Ok(Some(Arrival::Continue));
        }
        if let Some(stop) = STOPS.into_iter().find(|stop| number == *stop as i32) {
            return Ok(Some(Arrival::Suspend(stop)));
        }
        // A key on the terminal or its new size reaches the whole job.
        let is_ours_alone = signal.ssi_code != SI_KERNEL || is_hangup_of_leader(number);
        Ok(Some(if is_ours_alone { Arrival::PassOn(number) } else { Arrival::OfTheJob(number) }))
    }
}

/// Whether whoever sends it wants the program to end, which it cannot while it is held.
pub(crate) fn asks_for_the_end(number: i32) -> bool {
    [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP, Signal::SIGQUIT].iter().any(|end| number == *end as i32)
}

/// A terminal that goes away tells its session's leader, and nobody else.
fn is_hangup_of_leader(number: i32) -> bool {
    number == Signal::SIGHUP as i32 && getsid(None) == Ok(getpid())
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.queue.as_fd()
    }
}
