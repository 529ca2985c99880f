//! A process that was attached is a victim no more, and everything that was done to it is undone.

use super::remains::{Remains, Surroundings};
use crate::host::Host;
use crate::identity::Process;
use crate::roster::{Kind, Victim};
use nix::sys::signal::Signal;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// How long an attendant may take to undo all that it has begun, and to leave; then it is killed, and its guard undoes the rest.
const TO_LEAVE: Duration = Duration::from_secs(5);
/// How long that takes at most, unless it cannot be done.
const TO_UNDO: Duration = Duration::from_secs(2);
/// Between two looks at whether it is done.
const LOOK: Duration = Duration::from_millis(20);

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Detached {
    /// Its id; nobody has it again.
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) pid: i32,
    /// Whether nothing is left of what was done to it.
    pub(crate) undone: bool,
    /// What is left, and what to do about it, a line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) left: Vec<String>,
    /// What looks like it, and is somebody else's doing, a line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) others: Vec<String>,
}

/// Ends its effects, waits until they are undone, and looks whether they are.
///
/// # Errors
/// It was not attached, or the host is about to end.
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
    let attendant = victim.worker_handle();
    let end = host.attendants.end_of(attendant.pid());
    // From here on nothing begins any more; what is under way ends in order, and comes to its outcome.
    host.leave(id, "an operator detached it");
    // Before anybody is continued: who goes on may end, and those below it are then nobody's whom we would find.
    let around = surroundings(victim, &attendant).await;
    host.gate.let_go(id);
    let around = around?;
    let told = Arc::clone(&attendant);
    let told = tokio::task::spawn_blocking(move || told.signal(Signal::SIGTERM).is_ok());
    let status = tokio::time::timeout(TO_LEAVE, async {
        match &end {
            Some(end) => *end.wait().await,
            None => None,
        }
    });
    let status = status.await;
    let _ = told.await;
    // Its word that all of it is undone.
    let undone = matches!(status, Ok(Some(status)) if status.success());
    if status.is_err() {
        tracing::warn!(
            victim = name,
            pid,
            "its attendant does not leave, and is killed: its guard undoes the rest"
        );
        let _ = tokio::task::spawn_blocking(move || attendant.signal(Signal::SIGKILL).is_ok()).await;
    }
    let (left, others) = remains(around, undone).await?.told(undone);
    Ok(Detached { id, name, pid, undone: left.is_empty(), left, others })
}

/// Not on the runtime's own threads: it reads much of /proc.
async fn surroundings(victim: &Victim, attendant: &Arc<Process>) -> Result<Surroundings, String> {
    let (process, attendant) = (victim.process_handle(), Arc::clone(attendant));
    let looked = tokio::task::spawn_blocking(move || Surroundings::of(process, &attendant));
    looked.await.map_err(|error| error.to_string())
}

/// What remains once there is time no more for it to go: who ends, or is continued, may take a moment.
async fn remains(around: Surroundings, undone: bool) -> Result<Remains, String> {
    let around = Arc::new(around);
    let look = || {
        let around = Arc::clone(&around);
        tokio::task::spawn_blocking(move || around.remains())
    };
    let is_over = |remains: &Remains| if undone { remains.is_alone() } else { remains.is_nothing() };
    let mut looks = TO_UNDO.as_millis() / LOOK.as_millis();
    loop {
        let remains = look().await.map_err(|error| error.to_string())?;
        if is_over(&remains) || looks == 0 {
            return Ok(remains);
        }
        looks -= 1;
        tokio::time::sleep(LOOK).await;
    }
}
