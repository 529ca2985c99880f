//! A host that serves in this process, for a command that needs one of its own.

use crate::daemon::Daemon;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// It serves until it is told to stop, or whoever could do that is gone.
pub(super) struct Serving {
    stop: oneshot::Sender<()>,
    daemon: JoinHandle<()>,
}

impl Serving {
    pub(super) fn start(daemon: Daemon) -> Self {
        let (stop, stopped) = oneshot::channel();
        let daemon = tokio::spawn(daemon.serve(async move {
            let _ = stopped.await;
        }));
        Self { stop, daemon }
    }

    /// Ends what is under way, and the host.
    pub(super) async fn stop(self) {
        let _ = self.stop.send(());
        let _ = self.daemon.await;
    }
}
