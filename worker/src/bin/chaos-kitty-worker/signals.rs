//! The signals that a wrapper gets, and passes on.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

use nix::sys::signal::{SigSet, SigmaskHow, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};

/// What is passed on. The stops of a terminal (TSTP, TTIN, TTOU) reach wrapper and program alike, as one job.
const PASSED_ON: [Signal; 8] = [
    Signal::SIGTERM,
    Signal::SIGINT,
    Signal::SIGHUP,
    Signal::SIGUSR1,
    Signal::SIGUSR2,
    Signal::SIGQUIT,
    Signal::SIGWINCH,
    Signal::SIGCONT,
];
/// The `si_code` of what the kernel sends by itself, as for a key on the terminal.
const SI_KERNEL: i32 = 0x80;

/// Signals as a queue to be read. They stay blocked in the threads that start later.
pub(crate) struct Signals {
    queue: SignalFd,
    before: SigSet,
}

/// What there is to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// A child changed its state.
    Child,
    /// The signal with this number is the program's.
    PassOn(i32),
}

impl Signals {
    /// Call it before the program starts, so that none is lost between.
    pub(crate) fn block() -> io::Result<Signals> {
        let mut set: SigSet = PASSED_ON.into_iter().collect();
        set.add(Signal::SIGCHLD);
        let before = set.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
        Ok(Signals { queue: SignalFd::with_flags(&set, SfdFlags::SFD_CLOEXEC)?, before })
    }

    /// The program shall find signals as we found them: a mask is inherited.
    #[expect(unsafe_code, reason = "a mask can only be restored between fork and exec")]
    pub(crate) fn restore_in(&self, command: &mut Command) {
        let before = self.before;
        // SAFETY: sigprocmask is async-signal-safe, and the closure does nothing else: no lock, no allocation.
        unsafe { command.pre_exec(move || Ok(before.thread_set_mask()?)) };
    }

    /// Waits for the next one.
    pub(crate) fn next(&self) -> io::Result<Arrival> {
        loop {
            let Some(signal) = self.queue.read_signal()? else { continue };
            let number = signal.ssi_signo as i32;
            if number == Signal::SIGCHLD as i32 {
                return Ok(Arrival::Child);
            }
            // A key on the terminal, its new size or its end reach the whole job: the program has it already.
            if signal.ssi_code != SI_KERNEL {
                return Ok(Arrival::PassOn(number));
            }
        }
    }
}
