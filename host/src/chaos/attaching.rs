//! `attach(pid: | unit: | executable: | port:, name:, labels:)` and `detach(victim)`.

use super::answer::{Refused, value};
use super::noting::{hand, note};
use crate::attach::{self, ListedProcess, Unattached, Wanted};
use crate::gate::{GIVE_THE_ID, Who, meant};
use crate::host::Host;
use crate::identity::Peer;
use crate::journal::Steering;
use crate::roster::Candidate;
use chaos_kitty_bus::{Exception, Raise, Request, Value};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Why nothing was attached, where more than one process is meant.
#[derive(Debug, Serialize)]
struct Candidates {
    candidates: Vec<ListedProcess>,
}

/// Attaches a process, and answers the victim as `victims` lists it; or the processes among which the operator has to choose.
pub(super) async fn attach(host: &Arc<Host>, peer: &Peer, request: &Request) -> Result<Value, Raise> {
    let wanted = Wanted::read(request)?;
    let (name, labels) = (name(request)?, labels(request)?);
    tracing::warn!(uid = peer.uid, pid = peer.pid, "an operator asks: attach {wanted}");
    let (to, hand) = (Arc::clone(host), hand(peer));
    // It goes on to its end, also where the operator hangs up.
    let attached = tokio::spawn(async move {
        let attached = attach::attach(&to, &wanted, name, labels).await;
        let objection = attached.as_ref().err().map(|unattached| match unattached {
            Unattached::Refused(why) => why.clone(),
            Unattached::Several(all) => {
                format!("several processes are meant, and {} can be attached", all.len())
            }
        });
        note(&to, Steering::done(&to.run, hand, "attach", &wanted.to_string()).against(objection));
        attached
    });
    match attached.await.map_err(|error| Exception::runtime(error.to_string()))? {
        Ok(victim) => value(&host.listed(&victim)),
        Err(Unattached::Several(candidates)) => value(&Candidates { candidates }),
        Err(Unattached::Refused(why)) => Err(Exception::runtime(why).into()),
    }
}

/// Detaches a victim, by id or by name, once everything is undone; or answers why nobody can be meant.
pub(super) async fn detach(host: &Arc<Host>, peer: &Peer, request: &Request) -> Result<Value, Raise> {
    let wrong = || Exception::argument("detach takes a victim (id or name)");
    let [who] = request.arguments.as_slice() else { return Err(wrong().into()) };
    let (who, shown) = match (who.as_str(), who.as_u64()) {
        (Some(name), _) => (Who::Called(name.to_owned()), name.to_owned()),
        (None, Some(id)) => (Who::Id(id), id.to_string()),
        (None, None) => return Err(wrong().into()),
    };
    let victim = match meant(&who, GIVE_THE_ID, &host.roster) {
        Ok(victim) => victim,
        Err(refused) => {
            let steering = Steering::done(&host.run, hand(peer), "detach", &shown);
            note(host, steering.against(Some(refused.reason.clone())));
            return value(&Refused { refused });
        }
    };
    tracing::warn!(uid = peer.uid, pid = peer.pid, "an operator asks: detach {}", victim.name());
    let (from, hand) = (Arc::clone(host), hand(peer));
    let detached = tokio::spawn(async move {
        let detached = attach::detach(&from, &victim).await;
        let steering = Steering::done(&from.run, hand, "detach", victim.name());
        let objection = match &detached {
            Ok(detached) if !detached.undone => Some(detached.left.join("; ")),
            Ok(_) => None,
            Err(why) => Some(why.clone()),
        };
        note(&from, steering.against(objection));
        detached
    });
    let detached = detached.await.map_err(|error| Exception::runtime(error.to_string()))?;
    value(&detached.map_err(Exception::runtime)?)
}

fn name(request: &Request) -> Result<Option<String>, Exception> {
    let Some(name) = request.get_option("name").filter(|name| **name != Value::Nil) else { return Ok(None) };
    let name = name.as_str().ok_or_else(|| Exception::argument("attach: name must be a text"))?;
    Candidate::check_name(name).map_err(Exception::argument)?;
    Ok(Some(name.to_owned()))
}

fn labels(request: &Request) -> Result<BTreeMap<String, String>, Exception> {
    let wrong = || Exception::argument("attach: labels must be a map of texts");
    let Some(labels) = request.get_option("labels").filter(|labels| **labels != Value::Nil) else {
        return Ok(BTreeMap::new());
    };
    let entries = labels.as_map().ok_or_else(wrong)?;
    Candidate::check_label_count(entries.len()).map_err(Exception::argument)?;
    let text = |value: &Value| value.as_str().map(str::to_owned).ok_or_else(wrong);
    let labels = entries.iter().map(|(key, value)| Ok((text(key)?, text(value)?)));
    let labels = labels.collect::<Result<BTreeMap<_, _>, Exception>>()?;
    Candidate::check_labels(&labels).map_err(Exception::argument)?;
    Ok(labels)
}
