//! A victim of the demo's: a process that does visible work, and is started again when a signal ends it.

use super::figures::Figures;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// How long a victim gets to end when its input closes.
const TO_END: Duration = Duration::from_secs(2);

/// What a victim tells.
#[derive(Debug)]
pub(super) enum Event {
    /// A report of its work.
    Report(&'static str, Figures),
    /// It ended, and is started again.
    Ended(&'static str, ExitStatus),
}

/// Keeps one victim running. Dropping it kills the process.
#[derive(Debug)]
pub(super) struct Actor {
    stop: watch::Sender<bool>,
    keeper: JoinHandle<()>,
}

impl Actor {
    pub(super) fn start(
        name: &'static str,
        worker: &Path,
        socket: &Path,
        events: mpsc::Sender<Event>,
    ) -> Self {
        let (stop, stopped) = watch::channel(false);
        let (worker, socket) = (worker.to_owned(), socket.to_owned());
        let keeper = tokio::spawn(keep(name, worker, socket, events, stopped));
        Self { stop, keeper }
    }

    /// Ends the process and waits for it.
    pub(super) async fn stop(self) {
        self.stop.send_replace(true);
        let _ = self.keeper.await;
    }
}

async fn keep(
    name: &'static str,
    worker: PathBuf,
    socket: PathBuf,
    events: mpsc::Sender<Event>,
    mut stopped: watch::Receiver<bool>,
) {
    loop {
        let Ok(mut child) = spawn(name, &worker, &socket) else { return };
        let Some(output) = child.stdout.take() else { return };
        let mut lines = BufReader::new(output).lines();
        loop {
            tokio::select! {
                () = async { drop(stopped.wait_for(|stopped| *stopped).await) } => return end(child).await,
                line = lines.next_line() => {
                    let Ok(Some(line)) = line else { break };
                    if let Ok(figures) = serde_json::from_str(&line) {
                        let _ = events.send(Event::Report(name, figures)).await;
                    }
                }
            }
        }
        let Ok(status) = child.wait().await else { return };
        let _ = events.send(Event::Ended(name, status)).await;
        if !status_is_a_signals(status) {
            return;
        }
    }
}

fn spawn(name: &str, worker: &Path, socket: &Path) -> std::io::Result<Child> {
    Command::new(worker)
        .args(["demo-work", "--name", name, "--socket"])
        .arg(socket)
        // It ends when its input does: also when the demo is killed.
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        // Ctrl-C is for the demo, which ends them.
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
}

async fn end(mut child: Child) {
    drop(child.stdin.take());
    if tokio::time::timeout(TO_END, child.wait()).await.is_err() {
        let _ = child.kill().await;
    }
}

/// A victim that ended by itself would end again: only what a strike did is made good.
fn status_is_a_signals(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;
    status.signal().is_some()
}
