//! A plugin's first loading, by a process that may die of it.
//!
//! A look at a file sees neither what only the loader reads nor what the library's constructors do. Who crashes over
//! them, or hangs, is a child of the host's.

use std::ffi::OsStr;
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
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

/// Between paths, none of which can hold it.
const SEPARATOR: u8 = 0;

/// Loading takes milliseconds.
const LONGEST: Duration = Duration::from_secs(10);

/// How long all plugins together may take, before each has a child of its own.
const TOGETHER: Duration = Duration::from_secs(1);

/// A child that is there to load plugins. Dropping it ends it.
#[derive(Debug)]
pub struct Trial(io::Result<Child>);

impl Trial {
    /// The command of the host's own program that carries one out.
    pub const COMMAND: &'static str = "try-plugin";

    /// Starts the child, which is told later what to load: its start takes about as long as reading and copying a plugin.
    pub fn begin() -> Self {
        // The same program, also where its file has been replaced meanwhile.
        let mut command = Command::new("/proc/self/exe");
        command.arg(Self::COMMAND).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        Self(command.spawn())
    }

    /// Tries one plugin out.
    ///
    /// # Errors
    /// A process does not survive loading it.
    pub fn of(mut self, plugin: &PrivateCopy) -> Result<(), Rejection> {
        self.tell(slice::from_ref(plugin));
        self.end(plugin.manifest())
    }

    /// Tries plugins out, and answers for each whether a process survives loading it.
    ///
    /// One child loads them all, since a child costs more than what it does. Where it does not survive that, nobody knows
    /// who is to blame, and each has a child of its own, all at once.
    pub fn of_all(mut self, plugins: &[PrivateCopy]) -> Vec<Result<(), Rejection>> {
        match plugins {
            [] => return Vec::new(),
            [one] => return vec![self.of(one)],
            _ => {}
        }
        self.tell(plugins);
        if self.is_survived() {
            return plugins.iter().map(|_| Ok(())).collect();
        }
        let begin = |plugin| {
            let mut trial = Self::begin();
            trial.tell(slice::from_ref(plugin));
            (trial, plugin)
        };
        let trials: Vec<_> = plugins.iter().map(begin).collect();
        trials.into_iter().map(|(trial, plugin)| trial.end(plugin.manifest())).collect()
    }

    /// Tells it which, and that these are all.
    fn tell(&mut self, plugins: &[PrivateCopy]) {
        let paths = plugins.iter().map(|plugin| plugin.path().as_os_str().as_bytes());
        let paths = paths.collect::<Vec<_>>().join(&SEPARATOR);
        if let Some(mut stdin) = self.0.as_mut().ok().and_then(|child| child.stdin.take()) {
            // Should it be gone, its exit code says so.
            let _ = stdin.write_all(&paths);
        }
    }

    fn is_survived(&mut self) -> bool {
        let Ok(child) = &mut self.0 else { return false };
        matches!(exit(child, TOGETHER), Ok(Some(status)) if is_orderly(status))
    }

    /// Waits until it is over. It fails where the child did not survive it.
    fn end(mut self, plugin: &Manifest) -> Result<(), Rejection> {
        let name = &plugin.name;
        let child = match &mut self.0 {
            Ok(child) => child,
            // No child can be had: then the look at the file has to do.
            Err(error) => {
                tracing::debug!("{name} is loaded without a trial: {error}");
                return Ok(());
            }
        };
        let why = match exit(child, LONGEST) {
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

    /// The child's part: loads the copies that it is told of on standard input, and ends.
    pub fn carry_out() -> ExitCode {
        be_expendable();
        let mut copies = Vec::new();
        if io::stdin().lock().read_to_end(&mut copies).is_err() {
            return ExitCode::FAILURE;
        }
        let copies = copies.split(|byte| *byte == SEPARATOR).map(|path| Path::new(OsStr::from_bytes(path)));
        let refused = copies.filter(|copy| Library::open(copy).is_err()).count();
        ExitCode::from(if refused == 0 { LOADED } else { REFUSED })
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        if let Ok(child) = &mut self.0 {
            // One that has been waited for is not signalled by this.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// This process goes with the one that started it, and its crash is not worth a dump.
pub(super) fn be_expendable() {
    let _ = rustix::process::set_parent_process_death_signal(Some(Signal::KILL));
    let _ = rustix::process::setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
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

pub(super) fn shown(status: ExitStatus) -> String {
    let signal = status.signal().and_then(|number| nix::sys::signal::Signal::try_from(number).ok());
    signal.map_or_else(|| status.to_string(), |signal| signal.to_string())
}
