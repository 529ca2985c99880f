//! A plugin's first loading, by a process that may die of it.
//!
//! A look at a file sees neither what only the loader reads nor what the library's constructors do. Who crashes over
//! them, or hangs, is a child of the host's.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::slice;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::retry_on_intr;
use rustix::process::{Pid, PidfdFlags, Resource, Rlimit, Signal};

use super::{Library, Manifest, PrivateCopy, Rejection};

/// How the child ends by itself, which nobody else does: a constructor may call `exit(0)`.
const LOADED: u8 = 113;
/// The loader refused in an orderly way: so it will in the host, which then says why.
const REFUSED: u8 = 114;

/// Loading takes milliseconds.
const LONGEST: Duration = Duration::from_secs(10);

/// How long all plugins together may take, before each has a child of its own.
const TOGETHER: Duration = Duration::from_secs(1);

/// A child that loads plugins. Dropping it ends it.
#[derive(Debug)]
pub struct Trial(Child);

impl Trial {
    /// The command of the host's own program that carries one out.
    pub const COMMAND: &'static str = "try-plugin";

    /// Tries plugins out, and answers for each whether a process survives loading it.
    ///
    /// One child loads them all, since a child costs more than what it does. Where it does not survive that, nobody knows
    /// who is to blame, and each has a child of its own, all at once.
    pub fn of(plugins: &[PrivateCopy]) -> Vec<Result<(), Rejection>> {
        if plugins.len() > 1 && Self::begin(plugins).is_ok_and(|mut trial| trial.is_survived()) {
            return plugins.iter().map(|_| Ok(())).collect();
        }
        let trials: Vec<_> =
            plugins.iter().map(|plugin| (plugin, Self::begin(slice::from_ref(plugin)))).collect();
        let end = |(plugin, trial): (&PrivateCopy, io::Result<Self>)| match trial {
            Ok(trial) => trial.end(plugin.manifest()),
            // No child can be had: then the look at the file has to do.
            Err(error) => {
                tracing::debug!("{} is loaded without a trial: {error}", plugin.manifest().name);
                Ok(())
            }
        };
        trials.into_iter().map(end).collect()
    }

    fn begin(plugins: &[PrivateCopy]) -> io::Result<Self> {
        // The same program, also where its file has been replaced meanwhile.
        let mut command = Command::new("/proc/self/exe");
        command.arg(Self::COMMAND).args(plugins.iter().map(PrivateCopy::path));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().map(Self)
    }

    fn is_survived(&mut self) -> bool {
        matches!(exit(&mut self.0, TOGETHER), Ok(Some(status)) if is_orderly(status))
    }

    /// Waits until it is over. It fails where the child did not survive it.
    fn end(mut self, plugin: &Manifest) -> Result<(), Rejection> {
        let name = &plugin.name;
        let why = match exit(&mut self.0, LONGEST) {
            Ok(Some(status)) if is_orderly(status) => return Ok(()),
            Ok(Some(status)) => format!("loading {name} ends the process ({})", shown(status)),
            Ok(None) => format!("loading {name} takes more than {} s", LONGEST.as_secs()),
            Err(error) => {
                let reason = format!("whether {name} can be loaded safely could not be tried: {error}");
                return Err(Rejection::new(&plugin.file, reason).of(name));
            }
        };
        let reason = format!("{why}: it is damaged, or its constructors are: copy or build it again");
        Err(Rejection::new(&plugin.file, reason).of(name))
    }

    /// The child's part: loads the copies, and ends.
    pub fn carry_out(copies: &[PathBuf]) -> ExitCode {
        // It goes with the host, and its crash is not worth a dump.
        let _ = rustix::process::set_parent_process_death_signal(Some(Signal::KILL));
        let _ = rustix::process::setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
        let refused = copies.iter().filter(|copy| Library::open(copy).is_err()).count();
        ExitCode::from(if refused == 0 { LOADED } else { REFUSED })
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        // One that has been waited for is not signalled by this.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// None when it is not over in time.
fn exit(child: &mut Child, longest: Duration) -> io::Result<Option<ExitStatus>> {
    let pidfd = rustix::process::pidfd_open(Pid::from_child(child), PidfdFlags::empty())?;
    let longest = Timespec { tv_sec: longest.as_secs().cast_signed(), tv_nsec: 0 };
    // A signal of ours that interrupts it lets the child begin its time anew, which harms nobody.
    let over = retry_on_intr(|| poll(&mut [PollFd::new(&pidfd, PollFlags::IN)], Some(&longest)))?;
    if over == 0 { Ok(None) } else { child.wait().map(Some) }
}

/// Whether the child ended by itself, and not what it loaded.
fn is_orderly(status: ExitStatus) -> bool {
    status.code().is_some_and(|code| [LOADED, REFUSED].map(i32::from).contains(&code))
}

fn shown(status: ExitStatus) -> String {
    let signal = status.signal().and_then(|number| nix::sys::signal::Signal::try_from(number).ok());
    signal.map_or_else(|| status.to_string(), |signal| signal.to_string())
}
