//! The object bound as `chaos` on every connection.

use super::noting::{hand, note};
use super::registration::Registration;
use super::steering;
use super::victim_object::VictimObject;
use crate::attach::Charge;
use crate::host::Host;
use crate::identity::{Peer, Process};
use crate::journal::Steering;
use crate::roster::{Kind, Victim};
use chaos_kitty_bus::{Answer, Call, Controller, Exception, Object, Raise, Value};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::SetOnce;
use tracing::info;

/// `chaos`, for one peer: what it may do depends on who it is.
#[derive(Debug)]
pub struct ChaosController {
    pub(super) host: Arc<Host>,
    pub(super) peer: Peer,
    /// Whom the peer attends to, where the host has started it for that.
    charge: Option<Charge>,
    standing: Mutex<Standing>,
    /// The victim's process, once there is one.
    process: SetOnce<Arc<Process>>,
}

/// Whether the peer is a victim.
#[derive(Debug)]
enum Standing {
    /// It has waited since it came, or last asked for something.
    Stranger {
        since: Duration,
    },
    Victim(u64),
    /// It can register no more, for this reason.
    Gone(&'static str),
}

impl ChaosController {
    /// The object for a connection of this peer's.
    pub fn new(host: Arc<Host>, peer: Peer) -> Self {
        Self::with(host, peer, None)
    }

    /// The same for an attendant's, which registers this process and no other.
    pub(crate) fn attending(host: Arc<Host>, attendant: Peer, charge: Charge) -> Self {
        Self::with(host, attendant, Some(charge))
    }

    fn with(host: Arc<Host>, peer: Peer, charge: Option<Charge>) -> Self {
        let standing = Mutex::new(Standing::Stranger { since: host.run.clock.offset() });
        Self { host, peer, charge, standing, process: SetOnce::new() }
    }

    /// The connection ended: a victim leaves, and nobody can register on it any more.
    pub fn gone(&self, why: &str) {
        let gone = Standing::Gone("the connection has ended");
        let before = std::mem::replace(&mut *self.standing(), gone);
        if let Standing::Victim(id) = before {
            self.host.leave(id, why);
        }
    }

    /// Writes a line about the peer in the log, unless there were many of late.
    pub(crate) fn complain(&self, what: &str) {
        self.host.complain(&self.peer, what);
    }

    /// Since when the peer has waited, as long as it is a stranger.
    pub(crate) fn waits_since(&self) -> Option<Duration> {
        match *self.standing() {
            Standing::Stranger { since } => Some(since),
            Standing::Victim(_) | Standing::Gone(_) => None,
        }
    }

    /// From now on nobody can register on this connection, if the peer is a stranger still that has waited since then. Answers
    /// whether.
    pub(crate) fn dismiss(&self, began: Duration, why: &'static str) -> bool {
        let mut standing = self.standing();
        let waits = matches!(*standing, Standing::Stranger { since } if since == began);
        if waits {
            *standing = Standing::Gone(why);
        }
        waits
    }

    /// The peer asks for something, or is answered: a stranger's wait begins anew.
    pub(super) fn heard(&self) {
        if let Standing::Stranger { since } = &mut *self.standing() {
            *since = self.host.run.clock.offset();
        }
    }

    /// Waits until the peer is a victim and its process has exited. The connection may live on, in a child's hands.
    pub async fn exited(&self) {
        if self.process.wait().await.exited().await.is_err() {
            // There is nothing to wait with: the connection's end will tell.
            std::future::pending().await
        }
    }

    /// Waits until the peer is a victim, and answers its id; none where it has gone already.
    pub(crate) async fn registered(&self) -> Option<u64> {
        self.process.wait().await;
        match *self.standing() {
            Standing::Victim(id) => Some(id),
            Standing::Stranger { .. } | Standing::Gone(_) => None,
        }
    }

    fn register(&self, call: Call) -> Result<Value, Raise> {
        let refused = |exception: Exception| {
            self.complain(&format!("a registration was refused: {}", exception.message));
            Raise::from(exception)
        };
        let registration = Registration::read(call.request).map_err(refused)?;
        let mut standing = self.standing();
        // A worker that is refused tries again with less: only a registration that held counts.
        match *standing {
            Standing::Stranger { .. } => {}
            Standing::Victim(_) => return Err(refused(Exception::runtime("Already registered"))),
            Standing::Gone(why) => return Err(refused(Exception::runtime(why))),
        }
        let candidate = registration.prove(&self.peer, self.charge.as_ref(), &self.host).map_err(refused)?;
        let name = candidate.name.clone();
        let victim = self.host.arrive(candidate).map_err(|taken| {
            let why = already_there(&taken.victim);
            // Once for each that is attached: whoever is refused asks again and again.
            if taken.is_first {
                note(
                    &self.host,
                    Steering::done(&self.host.run, hand(&self.peer), "register", &name)
                        .against(Some(why.clone())),
                );
            }
            refused(Exception::runtime(why))
        })?;
        *standing = Standing::Victim(victim.id());
        // It fails only for a second victim, and there is one.
        let _ = self.process.set(victim.process_handle());
        info!(
            victim = victim.name(),
            id = victim.id(),
            pid = victim.process().pid(),
            kind = %victim.kind(),
            "a victim registered"
        );
        Ok(Value::from(victim.id()))
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn victim(self: &Arc<Self>, call: &Call) -> Result<Value, Raise> {
        self.may_steer("[]")?;
        let [id] = call.request.arguments.as_slice() else {
            let given = call.request.arguments.len();
            let message = format!("wrong number of arguments (given {given}, expected 1)");
            return Err(Exception::argument(message).into());
        };
        let victim = id.as_u64().and_then(|id| self.host.roster.get(id));
        let Some(victim) = victim else {
            // As Ruby's ChaosKitty says it.
            let shown = serde_json::to_string(id).unwrap_or_default();
            return Err(Exception::argument(format!("Connection not found: {shown}")).into());
        };
        let object = VictimObject::new(Arc::clone(self), victim);
        Ok(Value::Object(Object::Bound(Arc::new(object))))
    }

    fn may_steer(&self, method: &str) -> Result<(), Raise> {
        if self.peer.may_steer() {
            return Ok(());
        }
        self.complain(&format!("`{method}` was refused: another user may not steer this host"));
        let message = format!(
            "user {} may not steer this host: only its own user and root may. Run the command as one of them",
            self.peer.uid
        );
        Err(Exception::runtime(message).into())
    }
}

/// Why a process that is attached registers no second time.
fn already_there(already: &Victim) -> String {
    let (name, id, pid) = (already.name(), already.id(), already.process().pid());
    match already.kind() {
        Kind::Attached => format!(
            "process {pid} is a victim already, attached as {name} (id {id}): `chaos-kitty detach {name}` lets it register itself"
        ),
        kind => format!("process {pid} is a victim already: {name} (id {id}, {kind})"),
    }
}

/// What everyone may ask, and what the host's user and root may.
const OPEN: [&str; 3] = ["register", "keys", "status"];

impl Controller for ChaosController {
    fn call(self: Arc<Self>, call: Call) -> Answer {
        Box::pin(async move {
            self.heard();
            let answer = match &*call.request.method {
                "register" => self.register(call),
                "keys" => Ok(Value::from(
                    self.host.roster.all().iter().map(|victim| victim.id()).collect::<Vec<_>>(),
                )),
                "status" => {
                    drop(call); // whatever it brought is not kept while the instances think
                    Ok(self.host.instances.status().await)
                }
                "[]" => self.victim(&call),
                method => match self.may_steer(method) {
                    Ok(()) => steering::steer(&self.host, &self.peer, call).await,
                    Err(refusal) => Err(refusal),
                },
            };
            self.heard();
            answer
        })
    }

    fn responds_to(&self, method: &str) -> bool {
        OPEN.contains(&method) || method == "[]" || steering::METHODS.contains(&method)
    }
}
