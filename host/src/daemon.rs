//! The daemon: a host behind a socket.

use crate::chaos::ChaosController;
use crate::connections::{Connections, Stranger, quiet};
use crate::descriptors::Descriptors;
use crate::host::Host;
use crate::identity::Peer;
use crate::plugin::PrivateDirectory;
use crate::socket::Socket;
use chaos_kitty_bus::{Closed, Connection, Limits, Side, Symbol};
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

/// The most connections of peers that are no victims and have waited for a while, and the share of the descriptors that they may have at most.
const STRANGERS: u64 = 1024;
const STRANGERS_SHARE: u64 = 4;

/// A host that takes connections.
#[derive(Debug)]
pub struct Daemon {
    host: Arc<Host>,
    socket: Socket,
    connections: Arc<Connections>,
    descriptors: Descriptors,
    /// Where the plugins' code is mapped from. It is the daemon's, so that it goes when the daemon ends, whoever may
    /// still hold the host.
    private: Arc<PrivateDirectory>,
}

impl Daemon {
    /// A host, the socket that it serves on, and where its plugins' code is mapped from.
    pub fn new(host: Arc<Host>, socket: Socket, private: Arc<PrivateDirectory>) -> Self {
        let descriptors = Descriptors::raised();
        let strangers = STRANGERS.min(descriptors.limit() / STRANGERS_SHARE) as usize;
        let connections = Arc::new(Connections::new(strangers, host.run.clock.clone()));
        Self { host, socket, connections, descriptors, private }
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
        let _ = tokio::time::timeout(LAST_WORDS, self.connections.quiet()).await;
        self.connections.close("the host is stopping");
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
            return self.connections.make_room();
        }
        debug!(pid = peer.pid, uid = peer.uid, "a peer connected");
        let controller = Arc::new(ChaosController::new(Arc::clone(&self.host), peer));
        let chaos = (Symbol::from("chaos"), controller.clone() as Arc<_>);
        let connection = Connection::start(stream, Side::Server, Limits::default(), vec![chaos]);
        self.connections
            .add(Stranger { connection: connection.clone(), controller: Arc::clone(&controller) });
        let connections = Arc::clone(&self.connections);
        tokio::spawn(async move {
            tokio::select! {
                _ = connection.closed() => {}
                () = controller.exited() => {
                    // What an effect came to may be on its way still, from a wrapper.
                    let _ = tokio::time::timeout(LAST_WORDS, quiet(&connection)).await;
                    connection.close("its process has exited");
                }
            }
            connections.remove(&connection);
            let why = connection.ended();
            if let Some(Closed::Protocol(error)) = why.as_deref() {
                controller.complain(&format!("a peer was disconnected, for it broke the protocol: {error}"));
            }
            let strays = connection.strays();
            if !strays.is_empty() {
                controller.complain(&format!("a peer has gone that said what meant nothing here: {strays}"));
            }
            controller.gone(&why.map(|why| why.to_string()).unwrap_or_default());
        });
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
