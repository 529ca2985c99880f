//! A process that was attached is a victim no more, and everything that was done to it is undone.

use crate::host::Host;
use crate::roster::{Kind, Victim};
use nix::sys::signal::Signal;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// How long an attendant may take to undo all that it has begun, and to leave; then it is killed, and its guard undoes the rest.
const TO_LEAVE: Duration = Duration::from_secs(5);

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Detached {
    /// Its id; nobody has it again.
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) pid: i32,
    /// Whether everything has been undone, and its attendant has left: false where that had to be killed.
    pub(crate) undone: bool,
}

/// Ends its effects, and waits until they are undone.
///
/// # Errors
/// It was not attached.
pub(crate) async fn detach(host: &Host, victim: &Arc<Victim>) -> Result<Detached, String> {
    let (id, name, pid) = (victim.id(), victim.name().to_owned(), victim.process().pid());
    if victim.kind() != Kind::Attached {
        let kind = victim.kind();
        return Err(format!(
            "{name} (id {id}) is {kind}: it was not attached, and leaves when its worker does"
        ));
    }
    // Nobody attaches it before everything is undone.
    let _begun = host.attaching.begin(pid);
    // From here on nothing begins any more; what is under way ends in order, and comes to its outcome.
    host.leave(id, "an operator detached it");
    let attendant = victim.worker_handle();
    let told = Arc::clone(&attendant);
    let told = tokio::task::spawn_blocking(move || told.signal(Signal::SIGTERM).is_ok());
    let undone = tokio::time::timeout(TO_LEAVE, attendant.exited()).await.is_ok_and(|exited| exited.is_ok());
    let _ = told.await;
    if !undone {
        tracing::warn!(
            victim = name,
            pid,
            "its attendant does not leave, and is killed: its guard undoes the rest"
        );
        let _ = tokio::task::spawn_blocking(move || attendant.signal(Signal::SIGKILL).is_ok()).await;
    }
    Ok(Detached { id, name, pid, undone })
}
