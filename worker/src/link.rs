//! The link to the host: found, lost, and found again.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chaos_kitty_bus::{CallError, Closed, Connection, Controller, Limits, Side};
use tokio::net::UnixStream;

use crate::backoff::Backoff;
use crate::clock;
use crate::effects::Effects;
use crate::presence::Presence;
use crate::registration::{Registration, VICTIM};
use crate::victim::{Repertoire, Victim};

/// A host that is away may be back in a moment.
const AWAY: Backoff = Backoff::between(Duration::from_millis(50), Duration::from_secs(5));
/// One that refused us will refuse us again, until somebody does something.
const REFUSED: Backoff = Backoff::between(Duration::from_secs(5), Duration::from_secs(60));
/// Attempts at a host whose backlog is full, a few milliseconds apart.
const ATTEMPTS: usize = 50;
/// How long the host may take to read what we say in parting.
const PARTING: Duration = Duration::from_millis(200);
/// How long what is under way may take to end, and to say what it came to: nobody waits who has nothing under way.
const DRAINED: Duration = Duration::from_millis(500);
/// How long it may take until what was done to a process beside us is undone, and told: nobody else waits for our end.
const PARTING_BESIDE: Duration = Duration::from_secs(2);

/// How the host is reached.
pub(crate) enum Way {
    /// It listens here, or will: it is looked for again and again.
    Socket(PathBuf),
    /// It is at the other end already, and nowhere else.
    #[cfg_attr(not(feature = "cli"), expect(dead_code, reason = "only the binary is started with one"))]
    Given(std::os::unix::net::UnixStream),
}

impl Way {
    /// How long it may take to part.
    pub(crate) fn parting(&self) -> Duration {
        match self {
            Way::Socket(_) => DRAINED,
            Way::Given(_) => PARTING_BESIDE,
        }
    }
}

pub(crate) struct Link {
    pub(crate) way: Way,
    pub(crate) registration: Registration,
    pub(crate) repertoire: Arc<Repertoire>,
    pub(crate) presence: Arc<Presence>,
}

/// Why there is no link at the moment.
enum Absence {
    Stopped,
    Away(String),
    Refused(String),
    Lost(Arc<Closed>),
}

impl Link {
    /// Until the worker is stopped. While connected and idle nothing wakes up; while the host is away, only the
    /// attempts to reach it do.
    pub(crate) async fn run(self) {
        let (mut away, mut refused) = (AWAY, REFUSED);
        let mut told = String::new();
        loop {
            let absence = self.once().await;
            self.presence.disconnected();
            let (wait, why) = match absence {
                Absence::Stopped => return,
                Absence::Lost(why) => {
                    // What the end of a host, or of a wrapped program, looks like: no reason to worry yet.
                    tracing::info!("the connection to the host is over ({why}), and so are its effects");
                    told.clear();
                    away.reset();
                    refused.reset();
                    (away.next(), String::new())
                }
                Absence::Away(why) => (away.next(), why),
                Absence::Refused(why) => (refused.next(), why),
            };
            // Said once, not at each attempt: an application's log is not ours to fill.
            if !why.is_empty() && told != why && !self.repertoire.offer.has_exited() {
                match &self.way {
                    Way::Socket(socket) => tracing::warn!(socket = %socket.display(), "{why}"),
                    Way::Given(_) => tracing::warn!("{why}"),
                }
                told = why;
            }
            if matches!(self.way, Way::Given(_)) {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.presence.stopped() => return,
            }
        }
    }

    /// One connection, from its beginning to its end.
    async fn once(&self) -> Absence {
        let connected = tokio::select! {
            connected = self.connect() => connected,
            () = self.presence.stopped() => return Absence::Stopped,
        };
        let stream = match connected {
            Ok(stream) => stream,
            Err(error) => {
                return Absence::Away(format!("no host to be reached ({error}): going on without it"));
            }
        };
        if let Err(why) = trusted(&stream) {
            return Absence::Refused(why);
        }
        let effects = Arc::new(Effects::default());
        self.presence.connected(&effects);
        let victim: Arc<dyn Controller> =
            Arc::new(Victim { repertoire: Arc::clone(&self.repertoire), effects: Arc::clone(&effects) });
        let bindings = vec![(VICTIM.into(), victim)];
        let connection = Connection::start(stream, Side::Client, Limits::default(), bindings);
        let absence = tokio::select! {
            absence = self.serve(&connection) => absence,
            () = self.presence.stopped() => Absence::Stopped,
        };
        self.presence.disconnected();
        if matches!(absence, Absence::Stopped) {
            // What the effects came to still reaches the host.
            let _ = tokio::time::timeout(self.way.parting(), effects.drained()).await;
        }
        connection.close("the worker is stopping");
        let _ = tokio::time::timeout(PARTING, connection.closed()).await;
        absence
    }

    async fn serve(&self, connection: &Connection) -> Absence {
        let chaos = connection.proxy("chaos"); // kept as long as the connection: its Release is our farewell
        let id = match self.registration.ask(&chaos).await {
            Ok(id) => id,
            Err(CallError::Closed { why, .. }) => {
                return Absence::Away(format!("the host hung up while we registered ({why}): trying again"));
            }
            Err(CallError::TimedOut { after, .. }) => {
                return Absence::Away(format!(
                    "the host did not answer within {after:?} (is it stopped?): trying again"
                ));
            }
            Err(error) => {
                let advice = "see the host's log for why, or give another name, socket or user";
                return Absence::Refused(format!("the host did not accept this worker: {error}; {advice}"));
            }
        };
        tracing::info!(id, process_id = self.registration.process_id, "registered as a victim");
        self.presence.set_id(id);
        Absence::Lost(connection.closed().await)
    }

    /// A full backlog answers at once that it is full: no reason to go away for long.
    async fn connect(&self) -> std::io::Result<UnixStream> {
        let socket = match &self.way {
            Way::Socket(socket) => socket,
            Way::Given(stream) => {
                stream.set_nonblocking(true)?;
                return UnixStream::from_std(stream.try_clone()?);
            }
        };
        let mut attempts = 0;
        loop {
            attempts += 1;
            match UnixStream::connect(socket).await {
                Err(error) if error.kind() == ErrorKind::WouldBlock && attempts < ATTEMPTS => {
                    tokio::time::sleep(Duration::from_millis(2).mul_f64(1.0 + 4.0 * clock::jitter())).await;
                }
                result => return result,
            }
        }
    }
}

/// A host may make us do anything: it has to be our own user's, or root's.
fn trusted(stream: &UnixStream) -> Result<(), String> {
    let host =
        stream.peer_cred().map_err(|error| format!("the kernel does not say who the host is: {error}"))?;
    let own = rustix::process::geteuid().as_raw();
    if host.uid() == own || host.uid() == 0 {
        return Ok(());
    }
    let pid = host.pid().map_or_else(String::new, |pid| format!(", pid {pid}"));
    Err(format!(
        "the host at this socket is of uid {}{pid}, and only one of our own uid {own} or of root is obeyed: staying away; \
         start the host as uid {own}, or name another socket",
        host.uid()
    ))
}
