//! The command that puts everything back to where a test begins.

use std::io::{Read, Seek};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;

/// How long it may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// How much of its output is shown, in bytes.
const SHOWN: u64 = 4096;

/// A command line for `sh -c`.
#[derive(Debug, Clone)]
pub struct Reset(pub String);

impl Reset {
    /// Runs it to its end. What it started and left running goes on.
    ///
    /// # Errors
    /// It did not come to its end, or not to exit status 0: with its output.
    pub async fn run(&self) -> Result<(), String> {
        let failed = |why: &str| format!("--reset `{}` {why}", self.0);
        // A file, and not a pipe: a server that it starts keeps it open.
        let mut output =
            tempfile::tempfile().map_err(|error| failed(&format!("has nowhere to write: {error}")))?;
        let file = || output.try_clone().map(Stdio::from);
        let (out, err) = (file(), file());
        let (Ok(out), Ok(err)) = (out, err) else { return Err(failed("has nowhere to write")) };
        let mut command = Command::new("sh");
        command.arg("-c").arg(&self.0).stdin(Stdio::null()).stdout(out).stderr(err).kill_on_drop(true);
        let mut child = command.spawn().map_err(|error| failed(&format!("could not be started: {error}")))?;
        let ended = tokio::time::timeout(PATIENCE, child.wait()).await;
        let why = match ended {
            Ok(Ok(status)) if status.success() => return Ok(()),
            Ok(Ok(status)) => format!("ended with {status}"),
            Ok(Err(error)) => format!("was lost: {error}"),
            Err(_) => format!("has not come to its end in {} s", PATIENCE.as_secs()),
        };
        let mut said = Vec::new();
        let _ = output.rewind();
        let _ = output.by_ref().take(SHOWN).read_to_end(&mut said);
        let said = String::from_utf8_lossy(&said);
        Err(failed(&match said.trim() {
            "" => why,
            said => format!("{why}: {said}"),
        }))
    }
}
