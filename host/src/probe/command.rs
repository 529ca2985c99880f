//! A program, as a probe asks it: by its exit status.

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// How much of the end of what it complains of is kept, in bytes.
const LAST_WORDS: usize = 1024;
/// How long what it said last may be on its way after its end.
const ON_THE_WAY: Duration = Duration::from_millis(50);

/// A program with its arguments, in a process group of its own. Exit status 0 is well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine {
    /// The program; without a slash it is looked for in PATH.
    pub program: String,
    /// Its arguments, as they are: no shell reads them.
    pub arguments: Vec<String>,
    /// Where it runs; none: where we do.
    pub directory: Option<PathBuf>,
}

impl CommandLine {
    /// What `sh -c` makes of a text.
    pub fn shell(text: &str) -> Self {
        let arguments = vec!["-c".to_owned(), text.to_owned()];
        Self { program: "sh".to_owned(), arguments, directory: None }
    }

    pub(super) fn shown(&self) -> String {
        match &*self.arguments {
            [option, text] if self.program == "sh" && option == "-c" => text.clone(),
            arguments => [std::slice::from_ref(&self.program), arguments].concat().join(" "),
        }
    }

    pub(super) async fn ask(&self) -> Result<(), String> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).process_group(0);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        if let Some(directory) = self.directory.as_ref().filter(|path| !path.as_os_str().is_empty()) {
            command.current_dir(directory);
        }
        let child =
            command.spawn().map_err(|error| format!("{} could not be started: {error}", self.program))?;
        let mut running = Running(child);
        let status = running.complete().await;
        let (status, words) = status.map_err(|error| format!("nobody knows how it ended: {error}"))?;
        if status.success() {
            return Ok(());
        }
        let words = String::from_utf8_lossy(&words);
        Err(match words.lines().map(str::trim).rfind(|line| !line.is_empty()) {
            Some(words) => format!("{status}: {words}"),
            None => status.to_string(),
        })
    }
}

/// A process that is killed with its group when nobody waits for it any more.
struct Running(Child);

impl Running {
    /// Its end, and its last words.
    async fn complete(&mut self) -> std::io::Result<(ExitStatus, Vec<u8>)> {
        let mut words = Vec::new();
        let source = self.0.stderr.take();
        let mut hearing = Box::pin(hear(source, &mut words));
        let status = tokio::select! {
            status = self.0.wait() => {
                // Whom it left behind may hold the pipe open for ever.
                let _ = timeout(ON_THE_WAY, &mut hearing).await;
                status?
            }
            () = &mut hearing => self.0.wait().await?,
        };
        drop(hearing);
        Ok((status, words))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has a pid here as long as it has not been reaped: the group is its own still, and nobody else's.
        if let Some(pid) = self.0.id().and_then(|pid| i32::try_from(pid).ok()) {
            let _ = killpg(Pid::from_raw(pid), Signal::SIGKILL);
        }
    }
}

/// Reads all that is said, so that nobody has to wait to say it, and keeps the end.
async fn hear(source: Option<impl AsyncRead + Unpin>, words: &mut Vec<u8>) {
    let Some(mut source) = source else { return };
    let mut piece = [0; 4096];
    while let Ok(length @ 1..) = source.read(&mut piece).await {
        words.extend_from_slice(&piece[..length]);
        let excess = words.len().saturating_sub(LAST_WORDS);
        words.drain(..excess);
    }
}
