//! The daemon: a host behind a socket.

use crate::chaos::ChaosController;
use crate::host::Host;
use crate::identity::Peer;
use crate::plugin::PrivateDirectory;
use crate::socket::Socket;
use chaos_kitty_bus::{Connection, Limits, Side, Symbol};
use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::UnixStream;
use tracing::{debug, error, info};

/// How long to wait before accepting again where the system had no file descriptor left.
const BREATHER: Duration = Duration::from_millis(100);

/// How long the answers to calls in flight get to be written when the host stops, and how often that is looked at: no
/// event tells it, and it is over within a moment.
const LAST_WORDS: Duration = Duration::from_millis(200);
const LOOK: Duration = Duration::from_millis(2);

/// A host that takes connections.
#[derive(Debug)]
pub struct Daemon {
    host: Arc<Host>,
    socket: Socket,
    connections: Arc<Connections>,
    /// Where the plugins' code is mapped from. It is the daemon's, so that it goes when the daemon ends, whoever may
    /// still hold the host.
    private: PrivateDirectory,
}

#[derive(Debug, Default)]
struct Connections(Mutex<HashMap<u64, Connection>>);

impl Daemon {
    /// A host, the socket that it serves on, and where its plugins' code is mapped from.
    pub fn new(host: Arc<Host>, socket: Socket, private: PrivateDirectory) -> Self {
        Self { host, socket, connections: Arc::default(), private }
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
        drop(self.socket);
        drop(self.private);
        info!("stopped");
    }

    async fn accept(&self) {
        loop {
            match self.socket.listener().accept().await {
                Ok((stream, _)) => self.take(stream),
                Err(failure) => {
                    // Victims that are there stay: only new ones have to wait.
                    error!("a connection could not be accepted: {failure}");
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
        debug!(pid = peer.pid, uid = peer.uid, "a peer connected");
        let controller = Arc::new(ChaosController::new(Arc::clone(&self.host), peer));
        let chaos = (Symbol::from("chaos"), controller.clone() as Arc<_>);
        let connection = Connection::start(stream, Side::Server, Limits::default(), vec![chaos]);
        self.connections.add(connection.clone());
        let connections = Arc::clone(&self.connections);
        tokio::spawn(async move {
            tokio::select! {
                _ = connection.closed() => {}
                () = controller.exited() => connection.close("its process has exited"),
            }
            connections.remove(&connection);
            let why = connection.ended().map(|why| why.to_string());
            controller.gone(&why.unwrap_or_default());
        });
    }
}

impl Connections {
    fn add(&self, connection: Connection) {
        self.lock().insert(connection.id(), connection);
    }

    fn remove(&self, connection: &Connection) {
        self.lock().remove(&connection.id());
    }

    /// Waits until no call is in flight.
    async fn quiet(&self) {
        while self.lock().values().any(|connection| connection.transactions() > 0) {
            tokio::time::sleep(LOOK).await;
        }
    }

    fn close(&self, reason: &str) {
        // Closing runs what waits for it, which removes it here: so not under the lock.
        let all: Vec<Connection> = self.lock().values().cloned().collect();
        all.iter().for_each(|connection| connection.close(reason));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<u64, Connection>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Completes on SIGTERM, on SIGINT, and on SIGHUP: a terminal that was closed.
///
/// # Errors
/// The handlers could not be installed.
pub fn signalled() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hangup = signal(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            _ = hangup.recv() => info!("SIGHUP"),
            _ = terminate.recv() => info!("SIGTERM"),
            _ = interrupt.recv() => info!("SIGINT"),
        }
    })
}
