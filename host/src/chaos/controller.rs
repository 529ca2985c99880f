//! The object bound as `chaos` on every connection.

use super::registration::Registration;
use super::steering;
use super::victim_object::VictimObject;
use crate::host::Host;
use crate::identity::Peer;
use chaos_kitty_bus::{Answer, Call, Controller, Exception, Object, Raise, Value};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use tracing::{info, warn};

/// `chaos`, for one peer: what it may do depends on who it is.
#[derive(Debug)]
pub struct ChaosController {
    host: Arc<Host>,
    peer: Peer,
    registered: AtomicBool,
}

impl ChaosController {
    /// The object for a connection of this peer's.
    pub fn new(host: Arc<Host>, peer: Peer) -> Self {
        Self { host, peer, registered: AtomicBool::new(false) }
    }

    fn register(&self, call: Call) -> Result<Value, Raise> {
        // A worker that is refused tries again with less, or gives up: only a registration that held counts.
        let refused = |exception: Exception| {
            warn!(pid = self.peer.pid, uid = self.peer.uid, "a registration was refused: {}", exception.message);
            Raise::from(exception)
        };
        let registration = Registration::read(call.request).map_err(refused)?;
        if self.registered.swap(true, Ordering::SeqCst) {
            return Err(refused(Exception::runtime("Already registered")));
        }
        let connection = registration.proxy.connection().clone();
        let candidate = registration.prove(&self.peer, &self.host).map_err(|exception| {
            self.registered.store(false, Ordering::SeqCst);
            refused(exception)
        })?;
        let victim = self.host.arrive(candidate);
        let (id, host) = (victim.id(), Arc::clone(&self.host));
        info!(victim = victim.name(), id, pid = victim.process().pid(), kind = ?victim.kind(), "a victim registered");
        tokio::spawn(async move {
            let why = connection.closed().await;
            host.leave(id, &why.to_string());
        });
        Ok(Value::from(id))
    }

    fn victim(&self, call: &Call) -> Result<Value, Raise> {
        self.may_steer()?;
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
        let object = VictimObject::new(Arc::clone(&self.host), self.peer.clone(), victim);
        Ok(Value::Object(Object::Bound(Arc::new(object))))
    }

    fn may_steer(&self) -> Result<(), Raise> {
        if self.peer.may_steer() {
            return Ok(());
        }
        let message = format!(
            "user {} may not steer this host: only its own user and root may. Run the command as one of them",
            self.peer.uid
        );
        Err(Exception::runtime(message).into())
    }
}

/// What everyone may ask, and what the host's user and root may.
const OPEN: [&str; 3] = ["register", "keys", "status"];

impl Controller for ChaosController {
    fn call(self: Arc<Self>, call: Call) -> Answer {
        Box::pin(async move {
            match &*call.request.method {
                "register" => self.register(call),
                "keys" => Ok(Value::from(self.host.roster.all().iter().map(|victim| victim.id()).collect::<Vec<_>>())),
                "status" => Ok(self.host.instances.status().await),
                "[]" => self.victim(&call),
                _ => {
                    self.may_steer()?;
                    steering::steer(&self.host, &self.peer, call).await
                }
            }
        })
    }

    fn responds_to(&self, method: &str) -> bool {
        OPEN.contains(&method) || method == "[]" || steering::METHODS.contains(&method)
    }
}
