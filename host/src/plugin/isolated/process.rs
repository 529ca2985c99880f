//! The process in which an isolated operation runs, from the host's side.

use std::io;
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::retry_on_intr;
use rustix::process::{Pid, PidfdFlags};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStderr, Command};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::ending;
use crate::plugin::line::one_line;

/// What the process may have of memory that is its own. A plugin needs a few; one that takes all is to end, and not the machine.
pub(super) const MEMORY_MEBIBYTES: u64 = 1024;

/// How long what has ended, or was told to, takes until nothing of it is left.
pub(super) const LAST_WORDS: Duration = Duration::from_millis(500);

/// Bytes of a line on its standard error.
const LONGEST_LINE: u64 = 4096;

/// Dropping it kills it.
pub(super) struct Process {
    child: Child,
    /// The host asks on it.
    pub(super) down: UnixStream,
    /// The operation asks on it.
    pub(super) up: UnixStream,
    complaints: JoinHandle<String>,
}

impl Process {
    /// Starts it, within a tokio runtime, by a thread that stays for as long as the process is to: with that thread it dies,
    /// and so with the host, whatever ends that.
    pub(super) fn start(instance: &str, copy: &Path) -> io::Result<Self> {
        let (down, their_down) = UnixStream::pair()?;
        let (up, their_up) = UnixStream::pair()?;
        // The same program, also where its file has been replaced meanwhile.
        let mut command = std::process::Command::new("/proc/self/exe");
        command.arg0("chaos-kitty").arg(super::Child::COMMAND).arg(instance).arg(copy);
        command.stdin(OwnedFd::from(their_down)).stdout(OwnedFd::from(their_up)).stderr(Stdio::piped());
        // A Ctrl-C in the terminal is the host's to act on.
        command.process_group(0);
        let mut child = Command::from(command).kill_on_drop(true).spawn()?;
        let complaints = tokio::spawn(listen(instance.to_owned(), child.stderr.take()));
        Ok(Self { child, down, up, complaints })
    }

    /// Its pid; 0 when it has been waited for.
    pub(super) fn pid(&self) -> u32 {
        self.child.id().unwrap_or_default()
    }

    /// Waits for its end.
    pub(super) async fn exit(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Lets it drop its run and then the operation, and kills it if that takes long. It blocks, since it is to work also while
    /// the host's runtime goes down, which has no timers then.
    pub(super) fn leave(mut self) {
        let _ = self.down.shutdown(Shutdown::Write);
        let pid = self.child.id().and_then(|pid| Pid::from_raw(pid.cast_signed()));
        if let Some(Ok(pidfd)) = pid.map(|pid| rustix::process::pidfd_open(pid, PidfdFlags::empty())) {
            let longest = Timespec { tv_sec: 0, tv_nsec: i64::from(LAST_WORDS.subsec_nanos()) };
            let _ = retry_on_intr(|| poll(&mut [PollFd::new(&pidfd, PollFlags::IN)], Some(&longest)));
        }
        let _ = self.child.start_kill();
        let _ = self.child.try_wait();
    }

    /// Kills it, if it still is there.
    pub(super) async fn kill(&mut self) {
        // It fails where there is nothing to be killed.
        let _ = self.child.kill().await;
    }

    /// The last line, or the one that tells most, that it wrote to its standard error, once it has ended.
    pub(super) async fn last_words(self) -> String {
        // A child of its own may have the pipe open for ever.
        timeout(LAST_WORDS, self.complaints).await.ok().and_then(Result::ok).unwrap_or_default()
    }
}

/// Passes on what it complains of, until nobody can write any more.
async fn listen(instance: String, stderr: Option<ChildStderr>) -> String {
    let mut last = String::new();
    let Some(stderr) = stderr else { return last };
    let mut lines = BufReader::new(stderr);
    let mut bytes = Vec::new();
    while matches!((&mut lines).take(LONGEST_LINE).read_until(b'\n', &mut bytes).await, Ok(1..)) {
        let line = one_line(&String::from_utf8_lossy(&bytes));
        bytes.clear();
        if line.is_empty() {
            continue;
        }
        tracing::debug!(target: "plugin", instance, from = "stderr", "{line}");
        if !ending::is_telling(&last) {
            last = line;
        }
    }
    last
}
