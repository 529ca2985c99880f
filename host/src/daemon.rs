//! The daemon: a host behind a socket.

use crate::chaos::ChaosController;
use crate::descriptors::Descriptors;
use crate::host::Host;
use crate::identity::Peer;
use crate::plugin::PrivateDirectory;
use crate::socket::Socket;
use std::future::Future;
use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::UnixStream;
use tracing::{debug, error, info};

/// How long to wait before accepting again where the system had no file descriptor left.
const BREATHER: Duration = Duration::from_millis(100);

/// How long the answers to calls in flight get to be written when the host stops.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// A host that takes connections.
#[derive(Debug)]
pub struct Daemon {
    host: Arc<Host>,
    socket: Socket,
    descriptors: Descriptors,
    /// Where the plugins' code is mapped from. It is the daemon's, so that it goes when the daemon ends, whoever may
    /// still hold the host.
    private: Arc<PrivateDirectory>,
}

impl Daemon {
    /// A host, the descriptors that it may have, the socket that it serves on, and where its plugins' code is mapped from.
    pub(crate) fn new(
        host: Arc<Host>,
        descriptors: Descriptors,
        socket: Socket,
        private: Arc<PrivateDirectory>,
    ) -> Self {
        Self { host, socket, descriptors, private }
    }

    /// The host.
    pub fn host(&self) -> &Arc<Host> {
        &self.host
    }

    /// Serves until `stop`, then puts everything back: operations stop, effects end, connections close, the socket
    /// goes. An operation that hogs its thread is not waited for.
    pub async fn serve(self, stop: impl Future<Output = ()>) {
        tokio::select! {
            () = self.accept() => {}
            () = stop => {}
        }
        info!("stopping: operations stop, effects end");
        self.host.instances.stop();
        self.host.gate.close().await;
        // Answers that are on their way arrive before the connections close.
        let _ = tokio::time::timeout(LAST_WORDS, self.host.connections.quiet()).await;
        self.host.connections.close("the host is stopping");
        self.host.gate.end_run().await;
        drop(self.socket);
        self.private.close();
        info!("stopped");
    }

    async fn accept(&self) {
        let mut told = false;
        loop {
            match self.socket.listener().accept().await {
                Ok((stream, _)) => {
                    self.take(stream);
                    told = false;
                }
                Err(failure) => {
                    // Victims that are there stay: only new ones have to wait.
                    if !std::mem::replace(&mut told, true) {
                        error!("no connection can be accepted for now: {failure}: who comes has to wait");
                    }
                    tokio::time::sleep(BREATHER).await;
                }
            }
        }
    }

    fn take(&self, stream: UnixStream) {
        let peer = match Peer::of(&stream, &self.host.processes) {
            Ok(peer) => peer,
            Err(failure) => {
                return error!("nobody could be told at the other end of a connection: {failure}");
            }
        };
        if self.descriptors.are_scarce(&stream) {
            let limit = self.descriptors.limit();
            let advice = "the last ones are for the victims that are there: raise the limit (ulimit -n)";
            let why =
                format!("a peer was turned away: this process may have {limit} files open, and {advice}");
            self.host.complain(&peer, &why);
            return self.host.connections.make_room();
        }
        debug!(pid = peer.pid, uid = peer.uid, "a peer connected");
        let controller = Arc::new(ChaosController::new(Arc::clone(&self.host), peer));
        self.host.connections.serve(stream, controller);
    }
}

/// Completes on SIGTERM, on SIGINT, when the terminal is closed that the process was started from, and at any other SIGHUP
/// where `hung_up` says so.
///
/// # Errors
/// The handlers could not be installed.
pub fn signalled(mut hung_up: impl FnMut() -> ControlFlow<()>) -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let of_a_terminal = has_terminal();
    // A journal that may grow no more (ulimit -f) is an error of its own, and no reason to die: whoever listens is not killed.
    let _listening = signal(SignalKind::from_raw(libc::SIGXFSZ))?;
    Ok(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => return info!("SIGTERM"),
                _ = interrupt.recv() => return info!("SIGINT"),
                _ = hangup.recv() => {}
            }
            info!("SIGHUP");
            // The kernel takes the terminal away before it says so.
            let is_closed = of_a_terminal && !has_terminal();
            if is_closed || hung_up().is_break() {
                return;
            }
        }
    })
}

fn has_terminal() -> bool {
    std::fs::File::open("/dev/tty").is_ok()
}
