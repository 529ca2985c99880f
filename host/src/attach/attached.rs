//! A process becomes a victim.

use super::attendant::{self, Attendant};
use super::charge::Charge;
use super::choice::{ListedProcess, the_one};
use super::ours;
use super::wanted::Wanted;
use crate::chaos::ChaosController;
use crate::host::Host;
use crate::identity::{self, Process};
use crate::roster::{Victim, is_of};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How long an attendant may take to register, on a machine that is busy.
const TO_REGISTER: Duration = Duration::from_secs(10);

/// How many objections an answer lists, where none of several can be attached.
const LISTED: usize = 3;

/// Why nothing was attached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unattached {
    /// It may not be, or cannot.
    Refused(String),
    /// More than one is meant; those of them that may be attached.
    Several(Vec<ListedProcess>),
}

impl From<String> for Unattached {
    fn from(why: String) -> Self {
        Self::Refused(why)
    }
}

/// Finds the process that is wanted, has an attendant stand beside it, and waits until that has registered it.
///
/// # Errors
/// Nothing was attached, and why.
pub(crate) async fn attach(
    host: &Arc<Host>,
    wanted: &Wanted,
    name: Option<String>,
    labels: BTreeMap<String, String>,
) -> Result<Arc<Victim>, Unattached> {
    let program = attendant::program()?;
    let process = {
        let (host, wanted, program) = (Arc::clone(host), wanted.clone(), program.clone());
        // It reads much of /proc, and may ask systemd.
        let found = tokio::task::spawn_blocking(move || find(&host, &wanted, &program));
        found.await.map_err(|error| error.to_string())??
    };
    let pid = process.pid();
    let Some(_begun) = host.attaching.begin(pid) else {
        return Err(
            format!("pid {pid} is just being attached or detached by somebody else: try again").into()
        );
    };
    if let Some(victim) = taken(host, &process) {
        return Err(already(&victim, pid).into());
    }
    let held = process.pidfd().map_err(|error| format!("pid {pid}: {error}"))?;
    let failed = |error| format!("{} cannot be started: {error}", program.display());
    let started = Attendant::start(&program, pid, held, &host.processes, &host.attendants);
    let Attendant { peer, connection } = started.map_err(failed)?;
    let charge = Charge { process: Arc::clone(&process), name, labels };
    let controller = Arc::new(ChaosController::attending(Arc::clone(host), peer, charge));
    let connection = host.connections.serve(connection, Arc::clone(&controller));
    let registered = tokio::select! {
        id = controller.registered() => id.and_then(|id| host.roster.get(id)),
        _ = connection.closed() => None,
        () = tokio::time::sleep(TO_REGISTER) => None,
    };
    registered.ok_or_else(|| {
        connection.close("it has not registered");
        if let Some(victim) = taken(host, &process) {
            return already(&victim, pid).into(); // it has come meanwhile
        }
        let why = "its attendant has not registered: the host's log has what it said, if it said something";
        Unattached::Refused(format!("pid {pid} was not attached: {why}"))
    })
}

/// The one process that is wanted, held by its pidfd, and free to be attached.
fn find(host: &Host, wanted: &Wanted, worker: &std::path::Path) -> Result<Arc<Process>, Unattached> {
    let matches = wanted.matches()?;
    let Some(pid) = the_one(&matches) else {
        return Err(among(host, wanted, &matches, worker));
    };
    let process = free(host, pid, worker)?;
    // Only now is it sure that the pid is still the one that was found.
    if !matches!(wanted, Wanted::Pid(_)) && !wanted.matches()?.contains(&pid) {
        return Err(format!("{wanted}: pid {pid} was it, and is no more: try again").into());
    }
    Ok(process)
}

/// This process, if it may be attached.
fn free(host: &Host, pid: i32, worker: &std::path::Path) -> Result<Arc<Process>, String> {
    let process = identity::chosen(pid, &host.rules, &host.processes)?;
    match ours::objection(pid, worker).or_else(|| Some(already(&*taken(host, &process)?, pid))) {
        Some(objection) => Err(objection),
        None => Ok(process),
    }
}

/// The victim that a process is already.
fn taken(host: &Host, process: &Process) -> Option<Arc<Victim>> {
    host.roster.all().into_iter().find(|victim| is_of(victim, process))
}

/// Why none of several is attached: the operator has to choose among those that may be.
fn among(host: &Host, wanted: &Wanted, matches: &[i32], worker: &std::path::Path) -> Unattached {
    let listed =
        |pid: &i32| ListedProcess::of(*pid).map_err(|error| identity::unseen(pid, &error)).transpose();
    let there: Vec<ListedProcess> = match matches.iter().filter_map(listed).collect() {
        Ok(there) => there,
        Err(unseen) => return Unattached::Refused(format!("{wanted}: {unseen}")),
    };
    if there.len() < 2 {
        // They have ended meanwhile.
        return Unattached::Refused(format!("{wanted}: who was there has just ended: try again"));
    }
    let count = there.len();
    let mut objections = Vec::new();
    let may_be = there.into_iter().filter(|one| match free(host, one.pid, worker) {
        Ok(_) => true,
        Err(objection) => {
            objections.push(objection);
            false
        }
    });
    let listed: Vec<ListedProcess> = may_be.collect();
    if !listed.is_empty() {
        return Unattached::Several(listed);
    }
    let more = if count > LISTED { format!("; and {} more", count - LISTED) } else { String::new() };
    objections.truncate(LISTED);
    let objections = objections.join("; ");
    Unattached::Refused(format!(
        "{count} processes are meant, and none of them can be attached: {objections}{more}"
    ))
}

fn already(victim: &Victim, pid: i32) -> String {
    let (name, id, kind) = (victim.name(), victim.id(), victim.kind());
    if victim.process().pid() == pid {
        format!("pid {pid} is a victim already: {name} (id {id}, {kind})")
    } else {
        format!(
            "pid {pid} is the worker of a victim: attach {name} (id {id}) to nothing else, it is {kind} already"
        )
    }
}
