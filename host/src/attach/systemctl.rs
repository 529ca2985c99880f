//! systemctl, asked for what systemd alone knows.

use nix::sys::signal::{Signal, killpg};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::retry_on_intr;
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// How long it may take: where systemd hangs, the unit's processes are known without it.
const TO_ANSWER: Duration = Duration::from_secs(2);

/// What systemd says is the main process of a unit, where there is a systemd to ask, and it answers in time.
pub(super) fn main_process(unit: &str) -> Option<i32> {
    let mut command = Command::new("systemctl");
    command.args(["show", "-p", "MainPID", "--value", "--", unit]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
    let mut running = Running(command.spawn().ok()?);
    match running.answer() {
        Ok(answer) => answer.trim().parse().ok().filter(|pid| *pid > 0),
        Err(error) => {
            tracing::warn!(
                "systemctl does not say which process of {unit} is the main one: {error}; all of them are meant"
            );
            None
        }
    }
}

/// One that runs. It is killed with its group where it is not over in time.
struct Running(Child);

impl Running {
    /// What it said, once it is over.
    fn answer(&mut self) -> io::Result<String> {
        let process = pidfd_open(Pid::from_child(&self.0), PidfdFlags::empty())?;
        let time = Timespec { tv_sec: TO_ANSWER.as_secs().cast_signed(), tv_nsec: 0 };
        let ended =
            retry_on_intr(|| rustix::event::poll(&mut [PollFd::new(&process, PollFlags::IN)], Some(&time)))?;
        if ended == 0 {
            return Err(io::Error::new(
                io::ErrorKind::TimedOut,
                format!("it has not answered in {TO_ANSWER:?}"),
            ));
        }
        let mut said = Vec::new();
        if let Some(mut output) = self.0.stdout.take() {
            // What it started may hold the other end for ever.
            rustix::io::ioctl_fionbio(&output, true)?;
            let _ = output.read_to_end(&mut said); // an error: there is no more of it yet
        }
        Ok(String::from_utf8_lossy(&said).into_owned())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Not reaped, its pid is its own still, and so is its group.
        let _ = killpg(nix::unistd::Pid::from_raw(self.0.id().cast_signed()), Signal::SIGKILL);
        let _ = self.0.wait();
    }
}
