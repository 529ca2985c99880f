//! What `chaos[id]` answers: an object of the host's, never the victim's own.

use super::controller::ChaosController;
use crate::backend::Failure;
use crate::gate::{Origin, Outcome, Refusal, Rule, Who, Wish};
use crate::roster::Victim;
use chaos_kitty_bus::{Answer, Call, Controller, Exception, Raise, Value};
use std::sync::Arc;

/// Every method is a wish to the gate, answered as Ruby's ChaosKitty answers and with nothing more.
#[derive(Debug)]
pub(super) struct VictimObject {
    /// Whose object it is.
    chaos: Arc<ChaosController>,
    victim: Arc<Victim>,
}

impl VictimObject {
    pub(super) fn new(chaos: Arc<ChaosController>, victim: Arc<Victim>) -> Self {
        Self { chaos, victim }
    }
}

impl Controller for VictimObject {
    fn call(self: Arc<Self>, call: Call) -> Answer {
        Box::pin(async move {
            self.chaos.heard();
            let peer = &self.chaos.peer;
            let wish = Wish {
                origin: Origin::Operator { uid: peer.uid, pid: peer.pid },
                victim: Who::Id(self.victim.id()),
                selected: true,
                leaving: false,
                tick: None,
                method: call.request.method.to_string(),
                arguments: call.request.arguments,
                options: Value::Map(call.request.options),
                lease: None,
            };
            let outcome = self.chaos.host.gate.strike(wish).await;
            self.chaos.heard();
            match outcome {
                Ok(outcome) => answer(outcome),
                Err(refusal) => Err(raise(&refusal).into()),
            }
        })
    }

    fn responds_to(&self, method: &str) -> bool {
        self.victim.objection_to(method).is_none()
    }
}

fn answer(outcome: Outcome) -> Result<Value, Raise> {
    if let Some(error) = outcome.error {
        return Err(match error {
            Failure::WrongUse(message) => Exception::argument(message),
            other => Exception::runtime(other.to_string()),
        }
        .into());
    }
    if outcome.dry_run {
        return Ok(Value::map([("dry_run", true)]));
    }
    let raised = outcome.result.get("raised").and_then(Value::as_u64).unwrap_or(0) > 0;
    match outcome.result {
        // A Ruby worker raises in the call that asked for it; ours raises in the application, and says so.
        Value::Exception(exception) => Err((*exception).into()),
        _ if outcome.method == "raise_error" && raised => {
            let message = outcome.asked.get("message").and_then(Value::as_str).unwrap_or_default();
            Err(Exception::runtime(message).into())
        }
        result => Ok(result),
    }
}

fn raise(refusal: &Refusal) -> Exception {
    match refusal.rule {
        Rule::NotDeclared => Exception::no_method(refusal.reason.clone()),
        Rule::Arguments => Exception::argument(refusal.reason.clone()),
        _ => Exception::runtime(refusal.to_string()),
    }
}
