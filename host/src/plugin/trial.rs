//! A plugin's first loading, by a process that may die of it.
//!
//! A look at a file sees neither what only the loader reads nor what the library's constructors do. Who crashes over
//! them, or hangs, is a child of the host's.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::retry_on_intr;
use rustix::process::{Pid, PidfdFlags, Resource, Rlimit, Signal};

use super::{Library, Manifest, Rejection};

/// How the child ends by itself, which nobody else does: a constructor may call `exit(0)`.
const LOADED: u8 = 113;
/// The loader refused in an orderly way: so it will in the host, which then says why.
const REFUSED: u8 = 114;

/// Loading takes milliseconds.
const LONGEST: Duration = Duration::from_secs(10);

/// A trial under way. Dropping it ends it.
#[derive(Debug)]
pub struct Trial<'a> {
    manifest: &'a Manifest,
    /// None where no child can be had: then the look has to do.
    child: Option<Child>,
}

impl<'a> Trial<'a> {
    /// The command of the host's own program that carries one out.
    pub const COMMAND: &'static str = "try-plugin";

    /// Lets a child load the plugin.
    pub fn begin(manifest: &'a Manifest) -> Self {
        // The same program, also where its file has been replaced meanwhile.
        let mut command = Command::new("/proc/self/exe");
        command.arg(Self::COMMAND).arg(&manifest.file);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().inspect_err(|error| {
            tracing::debug!("{} is loaded without a trial: {error}", manifest.name);
        });
        Self { manifest, child: child.ok() }
    }

    /// Waits until it is over.
    ///
    /// # Errors
    /// The child did not survive it.
    pub fn end(mut self) -> Result<(), Rejection> {
        let Some(child) = &mut self.child else { return Ok(()) };
        let name = &self.manifest.name;
        let why = match exit(child) {
            Ok(Some(status)) if is_orderly(status) => {
                return Ok(());
            }
            Ok(Some(status)) => format!("loading {name} ends the process ({})", shown(status)),
            Ok(None) => format!("loading {name} takes more than {} s", LONGEST.as_secs()),
            Err(error) => {
                let reason = format!("whether {name} can be loaded safely could not be tried: {error}");
                return Err(Rejection::new(&self.manifest.file, reason).of(name));
            }
        };
        let reason = format!("{why}: it is damaged, or its constructors are: copy or build it again");
        Err(Rejection::new(&self.manifest.file, reason).of(name))
    }

    /// The child's part: loads the file, and ends.
    pub fn carry_out(file: &Path) -> ExitCode {
        // It goes with the host, and its crash is not worth a dump.
        let _ = rustix::process::set_parent_process_death_signal(Some(Signal::KILL));
        let _ = rustix::process::setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
        ExitCode::from(if Library::try_out(file).is_ok() { LOADED } else { REFUSED })
    }
}

impl Drop for Trial<'_> {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // One that has been waited for is not signalled by this.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// None when it is not over in time.
fn exit(child: &mut Child) -> io::Result<Option<ExitStatus>> {
    let pidfd = rustix::process::pidfd_open(Pid::from_child(child), PidfdFlags::empty())?;
    let longest = Timespec { tv_sec: LONGEST.as_secs().cast_signed(), tv_nsec: 0 };
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
