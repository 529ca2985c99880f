//! An attendant: the process of ours that stands beside one that was attached.

use super::attendants::{Attendants, End};
use crate::identity::{Peer, Processes};
use std::ffi::OsStr;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::UnixStream;
use tokio::process::{Child, ChildStderr};

/// The program that is one, beside the host's own.
const PROGRAM: &str = "chaos-kitty-worker";

/// One that has just been started; it serves on its connection, and leaves when that ends.
#[derive(Debug)]
pub(super) struct Attendant {
    /// Who it is at the other end.
    pub(super) peer: Peer,
    pub(super) connection: UnixStream,
}

/// Where its program is.
///
/// # Errors
/// It is not there, or nobody knows where that would be.
pub(super) fn program() -> Result<PathBuf, String> {
    let own = std::env::current_exe().map_err(|error| format!("this program's own file: {error}"))?;
    // An upgrade has replaced our file: the worker beside it is that of the new one, and speaks the same.
    let own = own.into_os_string().into_vec();
    let own = own.strip_suffix(b" (deleted)").unwrap_or(&own);
    let program = Path::new(OsStr::from_bytes(own)).with_file_name(PROGRAM);
    if program.is_file() {
        return Ok(program);
    }
    Err(format!(
        "{} is not there, which stands beside a process that is attached: install it beside the host (install.sh does)",
        program.display()
    ))
}

impl Attendant {
    /// Starts one for the process that this pidfd holds, within a tokio runtime, which reaps it.
    pub(super) fn start(
        program: &Path,
        pid: i32,
        process: OwnedFd,
        processes: &Processes,
        attendants: &Arc<Attendants>,
    ) -> io::Result<Self> {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
        let mut command = Command::new(program);
        command.arg("attendant").arg(pid.to_string());
        command.stdin(OwnedFd::from(theirs)).stdout(process).stderr(Stdio::piped());
        // A Ctrl-C in the terminal is the host's to act on; and it keeps no directory busy.
        command.process_group(0).current_dir("/");
        let mut child = tokio::process::Command::from(command).spawn()?;
        let own = child.id().and_then(|own| i32::try_from(own).ok()).ok_or(io::ErrorKind::NotFound)?;
        // Nobody has waited for it yet: the pid is its.
        let peer = Peer::child(own, processes);
        if let Some(complaints) = child.stderr.take() {
            // They may come for longer than it is there: its guard has some too.
            tokio::spawn(pass_on(complaints, pid));
        }
        let end = attendants.started(own);
        tokio::spawn(until_gone(child, pid, own, Arc::clone(attendants), end));
        ours.set_nonblocking(true)?;
        Ok(Self { peer: peer?, connection: UnixStream::from_std(ours)? })
    }
}

/// Passes on what it complains of, it and its guard.
async fn pass_on(complaints: ChildStderr, pid: i32) {
    let mut lines = BufReader::new(complaints).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        tracing::warn!(pid, "its attendant says: {line}");
    }
}

/// Waits for it until it has ended.
async fn until_gone(mut child: Child, pid: i32, own: i32, attendants: Arc<Attendants>, end: End) {
    let status = child.wait().await;
    match &status {
        Ok(status) if !status.success() => tracing::warn!(pid, "its attendant has ended: {status}"),
        _ => tracing::debug!(pid, "its attendant has left"),
    }
    attendants.ended(own, &end, status.ok());
}
