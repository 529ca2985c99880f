//! `effects(after:)` and `undo(strike, …)`: what is under way, and its end before its time.

use super::answer::value;
use super::noting::{hand, note};
use crate::gate::{UnderWay, Undone};
use crate::host::Host;
use crate::identity::Peer;
use crate::journal::{Steering, abridge, shorten};
use chaos_kitty_bus::{Exception, Raise, Request, Value};
use std::sync::Arc;
use std::time::Duration;

/// How long victims may take to put back what is ended. A worker that is well does it in milliseconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many effects are answered at a time: of so many the answer fits into a message, whatever was asked for.
pub(crate) const EFFECTS_AT_A_TIME: usize = 256;

/// What is under way, by its number, beginning after the one that is named.
pub(super) fn effects(host: &Host, request: &Request) -> Result<Value, Raise> {
    let after = match request.get_option("after") {
        None | Some(Value::Nil) => 0,
        Some(after) => {
            after.as_u64().ok_or_else(|| Exception::argument("effects: after: must be a strike's number"))?
        }
    };
    let mut some = host.gate.under_way(after, EFFECTS_AT_A_TIME);
    some.iter_mut().for_each(abridge_effect);
    value(&some)
}

/// Ends strikes by their numbers, and answers what came of each, once they are over or have not ended in time.
pub(super) async fn undo(host: &Arc<Host>, peer: &Peer, request: &Request) -> Result<Value, Raise> {
    let strikes: Option<Vec<u64>> = request.arguments.iter().map(Value::as_u64).collect();
    let Some(strikes) = strikes.filter(|strikes| !strikes.is_empty()) else {
        return Err(Exception::argument("undo takes numbers of strikes, one at least").into());
    };
    tracing::warn!(uid = peer.uid, pid = peer.pid, "an operator asks: undo {strikes:?}");
    let (host, hand) = (Arc::clone(host), hand(peer));
    // Also where the operator hangs up meanwhile, it is written down who has ended what.
    let undone = tokio::spawn(async move {
        let mut undone = host.gate.undo(&strikes, PATIENCE).await;
        for one in &mut undone {
            one.effect.iter_mut().for_each(abridge_effect);
            one.unsure.iter_mut().for_each(shorten);
        }
        for one in &undone {
            let steering = Steering::done(&host.run, hand, "undo", &one.strike.to_string());
            note(&host, steering.against(objection(one).map(str::to_owned)));
        }
        undone
    });
    value(&undone.await.map_err(|_| Exception::runtime("undo has failed: see the host's log"))?)
}

/// Why nothing was undone, where it was not.
fn objection(undone: &Undone) -> Option<&str> {
    match undone {
        Undone { unsure: Some(why), .. } => Some(why),
        Undone { effect: None, .. } => Some("it was not under way"),
        Undone { is_over: false, .. } => Some("it was told to end, and has not ended yet"),
        Undone { .. } => None,
    }
}

/// Of what an operator or a plugin has asked for hundreds fit into one answer.
fn abridge_effect(effect: &mut UnderWay) {
    shorten(&mut effect.method);
    abridge(&mut effect.asked);
}
