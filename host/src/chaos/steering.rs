//! What an operator's command line asks of `chaos`, beyond what Ruby's clients do.

use super::answer::{Refused, symbols, value};
use super::noting::{hand, note};
use super::{attaching, undoing};
use crate::gate::{EndedBy, Gate, Holder, Origin, Who, Wish};
use crate::host::Host;
use crate::identity::Peer;
use crate::instances::Objection;
use crate::journal::Steering;
use chaos_kitty_bus::{Block, Call, Exception, Raise, Request, Value};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

pub(super) const METHODS: [&str; 16] = [
    "overview",
    "victims",
    "operations",
    "load",
    "unload",
    "reload",
    "reconfigure",
    "pause",
    "resume",
    "strike",
    "effects",
    "undo",
    "end_replay",
    "watch",
    "attach",
    "detach",
];

/// How long a watcher may take over one record.
const WATCHER: Duration = Duration::from_secs(10);

pub(super) async fn steer(host: &Arc<Host>, peer: &Peer, call: Call) -> Result<Value, Raise> {
    match &*call.request.method {
        "overview" => value(&host.overview()),
        "victims" => value(&host.roster.all().iter().map(|victim| host.listed(victim)).collect::<Vec<_>>()),
        "operations" => value(&host.instances.list()),
        "load" | "unload" | "reload" | "reconfigure" => change(host, peer, &call.request).await,
        "pause" => {
            host.gate.pause(Holder::Operator);
            note(host, Steering::done(&host.run, hand(peer), "pause", ""));
            tracing::warn!(uid = peer.uid, pid = peer.pid, "chaos is paused");
            value(&host.overview())
        }
        "resume" => {
            host.gate.resume(Holder::Operator);
            note(host, Steering::done(&host.run, hand(peer), "resume", ""));
            if host.gate.is_paused() {
                tracing::warn!(
                    uid = peer.uid,
                    pid = peer.pid,
                    "an operator resumes: the experiment still holds chaos"
                );
            } else {
                tracing::warn!(uid = peer.uid, pid = peer.pid, "chaos goes on");
            }
            value(&host.overview())
        }
        "strike" => strike(host, peer, call.request).await,
        "effects" => undoing::effects(host, &call.request),
        "undo" => undoing::undo(host, peer, &call.request).await,
        "end_replay" => {
            host.gate.end_replay(peer.pid);
            Ok(Value::Nil)
        }
        "watch" => watch(host, call).await,
        "attach" => attaching::attach(host, peer, &call.request).await,
        "detach" => attaching::detach(host, peer, &call.request).await,
        other => Err(Exception::no_method(format!("undefined method `{other}' for chaos")).into()),
    }
}

/// `load(file)`, `unload(name)`, `reload(name)`, `reconfigure()`: what runs is changed, and the answer says how.
async fn change(host: &Arc<Host>, peer: &Peer, request: &Request) -> Result<Value, Raise> {
    let (instances, method) = (Arc::clone(&host.instances), request.method.to_string());
    let argument = match request.arguments.as_slice() {
        [] if method == "reconfigure" => String::new(),
        [argument] if argument.as_str().is_some() && method != "reconfigure" => {
            argument.as_str().unwrap_or_default().to_owned()
        }
        _ => {
            let takes = if method == "reconfigure" { "nothing" } else { "a text" };
            return Err(Exception::argument(format!("{method} takes {takes}")).into());
        }
    };
    tracing::warn!(uid = peer.uid, pid = peer.pid, "an operator asks: {method} {argument}");
    let (host, hand) = (Arc::clone(host), hand(peer));
    // It goes on to its end, also where the operator hangs up.
    let change = tokio::spawn(async move {
        let change = match &*method {
            "load" => instances.load(PathBuf::from(&argument)).await,
            "unload" => instances.unload(&argument),
            "reload" => instances.reload(&argument).await,
            _ => instances.reconfigure().await,
        };
        note(&host, Steering::done(&host.run, hand, &method, &argument).with(&change));
        change
    });
    match change.await.map_err(|error| Exception::runtime(error.to_string()))? {
        Ok(change) => value(&change),
        Err(Objection { is_wrong_use: true, lines }) => Err(Exception::argument(lines.join("\n")).into()),
        Err(Objection { lines, .. }) => Err(Exception::runtime(lines.join("\n")).into()),
    }
}

/// `strike(victim, method, arguments: […], options: {…}, lease: nil, replay: nil)`: one wish of the operator's, answered with its
/// whole outcome. Where it is a strike of another run, made again, `replay` is `{run:, strike:}`, and it ends with its caller.
async fn strike(host: &Arc<Host>, peer: &Peer, request: Request) -> Result<Value, Raise> {
    let wrong =
        || Exception::argument("strike takes a victim (id or name), a method, and options: and lease:");
    let [victim, method] = request.arguments.as_slice() else { return Err(wrong().into()) };
    let method = method.as_str().ok_or_else(wrong)?.to_owned();
    let arguments = request.get_option("arguments").and_then(Value::as_array).unwrap_or_default().to_vec();
    let options = request.get_option("options").cloned().unwrap_or(Value::Map(Vec::new()));
    let lease = match request.get_option("lease").and_then(Value::as_f64) {
        None => None,
        Some(seconds) => Some(Duration::try_from_secs_f64(seconds).map_err(|_| wrong())?),
    };
    let victim = match (victim.as_str(), victim.as_u64()) {
        // A run's record has the names that its victims had, each of them its own alone.
        (Some(name), _) if request.get_option("replay").is_some() => Who::Name(name.to_owned()),
        (Some(name), _) => Who::Called(name.to_owned()),
        (None, Some(id)) => Who::Id(id),
        (None, None) => return Err(wrong().into()),
    };
    let (origin, _ends) = match request.get_option("replay") {
        None => (Origin::Operator { uid: peer.uid, pid: peer.pid }, None),
        Some(replayed) => {
            let origin = replay(peer, replayed).ok_or_else(wrong)?;
            (origin.clone(), Some(EndsWithItsCaller { gate: Arc::clone(&host.gate), origin }))
        }
    };
    let wish = Wish {
        origin,
        victim,
        selected: true,
        leaving: false,
        tick: None,
        method,
        arguments,
        options: symbols(options),
        lease,
    };
    match host.gate.strike(wish).await {
        Ok(outcome) => value(&outcome),
        Err(refusal) => value(&Refused { refused: refusal }),
    }
}

/// Which strike of which run is made again.
fn replay(peer: &Peer, replayed: &Value) -> Option<Origin> {
    let run = replayed.get("run")?.as_str()?.to_owned();
    Some(Origin::Replay { run, strike: replayed.get("strike")?.as_u64()?, by: peer.pid })
}

/// A strike that is nobody's any more once whoever replays it has gone.
struct EndsWithItsCaller {
    gate: Arc<Gate>,
    origin: Origin,
}

impl Drop for EndsWithItsCaller {
    fn drop(&mut self) {
        self.gate.end(&self.origin, EndedBy::Replay);
    }
}

/// `watch { |record| … }`: every decision and outcome from now on, each as a JSON text.
async fn watch(host: &Arc<Host>, call: Call) -> Result<Value, Raise> {
    let Call { block, request, .. } = call;
    drop(request); // it lasts for hours: nothing that it brought is kept
    let block = block.ok_or_else(|| Exception::argument("watch takes a block: it gets every record"))?;
    let Some(mut records) = host.gate.journal().watch() else { return Ok(Value::Nil) };
    // The first one says that from here on none is missed.
    let begun = serde_json::json!({ "record": "watching", "run": host.run.id, "boot": host.run.boot });
    show(&block, begun.to_string()).await?;
    loop {
        let text = match records.recv().await {
            Ok(record) => serde_json::to_string(&*record).unwrap_or_default(),
            Err(RecvError::Lagged(missed)) => format!("{{\"record\":\"missed\",\"count\":{missed}}}"),
            Err(RecvError::Closed) => return Ok(Value::Nil),
        };
        show(&block, text).await?;
    }
}

async fn show(block: &Block, text: String) -> Result<(), Raise> {
    Ok(block.call(vec![Value::String(text)], WATCHER).await.map(drop)?)
}
