//! A program under its wrapper, and how a program says that it works.

use std::fs;
use std::path::{Path, PathBuf};

use chaos_kitty_tests::{Json, Nest, Process, Signal, Workspace, vitals, wall};
use rustix::process::{Pid, PidfdFlags, pidfd_open, pidfd_send_signal};

use crate::chaos::DESCRIPTORS;
use crate::subject::NAME;

/// A program under its wrapper.
pub(crate) struct Program {
    pub(crate) wrapper: Process,
    pub(crate) pid: i32,
    pub(crate) guard: i32,
    tag: String,
    beats: PathBuf,
    pub(crate) is_inside: bool,
}

/// What names the processes of a program.
pub(crate) const TAG: &str = "CHAOS_KITTY_TEST_SUBJECT";

impl Program {
    pub(crate) fn start(nest: &Nest, tag: &str, is_inside: bool) -> Program {
        let workspace = Workspace::built();
        let beats = nest.file("beats", [0; 24]);
        let mut command = nest.command(workspace.worker());
        command.arg("--socket").arg(nest.socket()).args(["--name", NAME, "--on", "raise_error=SIGUSR1"]);
        if is_inside {
            command.arg("--inside");
        }
        command.arg("--");
        if is_inside {
            let limited = format!("ulimit -n {DESCRIPTORS}; exec \"$@\"");
            command.args(["sh", "-c", &*limited, "sh"]);
        }
        command.arg(workspace.program("chaos-kitty-test-heart")).arg(&beats).arg("stays");
        let tag = format!("{}-{tag}", std::process::id());
        let wrapper = Process::start("the wrapper", command.env(TAG, &tag));
        let pid = wrapper.said().wait("the program's pid", Json::is_number).as_i64().unwrap();
        let pid = i32::try_from(pid).unwrap();
        Program { wrapper, pid, guard: vitals::parent(pid).unwrap(), tag, beats, is_inside }
    }

    /// All that has to do with it: wrapper, guard, program, descendants; without zombies.
    pub(crate) fn processes(&self) -> Vec<i32> {
        vitals::with_environment(&format!("{TAG}={}\0", self.tag))
    }

    pub(crate) fn stand_in(&self) -> Option<i32> {
        vitals::children(self.wrapper.pid()).into_iter().find(|pid| *pid != self.guard)
    }

    /// Whether the time of day that it has read last is far from ours.
    pub(crate) fn clock_is_off(&self) -> bool {
        let bytes = fs::read(&self.beats).unwrap();
        let read = bytes.get(24..32).map(|bytes| u64::from_le_bytes(bytes.try_into().unwrap()));
        read.is_some_and(|read| read.abs_diff(wall().as_secs()) > 1800)
    }

    /// The last beats of the program and of the one that it started, and how often it was signalled.
    pub(crate) fn beats(&self) -> [u64; 3] {
        beats(&self.beats)
    }
}

impl Drop for Program {
    /// A round that failed leaves nobody behind either.
    fn drop(&mut self) {
        for pid in self.processes() {
            kill(pid, || self.processes().contains(&pid));
        }
    }
}

/// The last beats that were written, of a program and of the one that it started, and how often it was signalled.
pub(crate) fn beats(file: &Path) -> [u64; 3] {
    let bytes = fs::read(file).unwrap();
    [0, 8, 16].map(|at| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap()))
}

/// Kills a process, if it is the one that is meant once it is held.
pub(crate) fn kill(pid: i32, is_meant: impl Fn() -> bool) {
    let Ok(process) = pidfd_open(Pid::from_raw(pid).unwrap(), PidfdFlags::empty()) else { return };
    if is_meant() {
        let _ = pidfd_send_signal(process, Signal::KILL); // an error: it has ended
    }
}
