//! The victim: the object that a host calls.

use std::collections::BTreeMap;
use std::sync::Arc;

use chaos_kitty_bus::{Answer, Call, Controller, Exception, Raise, Request, Symbol, Value};

use crate::effects::Effects;
use crate::linked;
use crate::offer::Offer;
use crate::own_method::OwnMethod;
use crate::refusal;

/// What a host of protocol 1 may ask of any worker.
const STEERING: [&str; 2] = ["end", "effects"];
/// What never comes to a victim under this name: the host strikes with a signal itself, others are the protocol's, and some
/// mean something to another kind of victim.
const ELSEWHERE: [&str; 7] =
    ["signal", "respond_to?", "public_send", "[]", "freeze", "disturb", "shift_clock"];

/// What a worker offers, whichever host it is connected to.
pub(crate) struct Repertoire {
    pub(crate) offer: Box<dyn Offer>,
    pub(crate) own: BTreeMap<String, OwnMethod>,
}

impl Repertoire {
    /// The names to declare.
    pub(crate) fn names(&self) -> Vec<Symbol> {
        self.offer
            .methods()
            .into_iter()
            .chain(self.own.keys().map(String::as_str))
            .map(Symbol::from)
            .collect()
    }

    /// True when this name means something already, to every worker or on the way to one, so that no application may
    /// give it another meaning.
    pub(crate) fn is_reserved(name: &str) -> bool {
        linked::METHODS.contains(&name) || STEERING.contains(&name) || ELSEWHERE.contains(&name)
    }
}

/// The repertoire as one connection may use it, with the effects that it has begun.
pub(crate) struct Victim {
    pub(crate) repertoire: Arc<Repertoire>,
    pub(crate) effects: Arc<Effects>,
}

impl Victim {
    async fn answer(&self, request: Request) -> Result<Value, Raise> {
        let method: &str = &request.method;
        match method {
            "effects" => return Ok(self.effects.list()),
            "end" => return Ok(self.end(&request)?),
            _ => {}
        }
        match self.repertoire.own.get(method).cloned() {
            Some(own) => Ok(own.call(&self.effects, request).await?),
            None => self.repertoire.offer.call(&self.effects, &request).await,
        }
    }

    /// `end(effect: 7)` or `end(7)`: true when it was active. Its own call answers when things are put back.
    fn end(&self, request: &Request) -> Result<Value, Exception> {
        let id = request.get_option("effect").or_else(|| request.arguments.first());
        let id = id.ok_or_else(|| {
            Exception::argument("end: effect: is missing, give the id of the effect to end")
        })?;
        Ok(self.effects.end(id).into())
    }
}

impl Controller for Victim {
    fn call(self: Arc<Self>, call: Call) -> Answer {
        Box::pin(async move {
            let names_its_effects = call.request.get_option("effect").is_some();
            let answer = self.answer(call.request).await;
            self.effects.unblocked().await;
            refusal::told(answer, names_its_effects)
        })
    }

    fn responds_to(&self, method: &str) -> bool {
        STEERING.contains(&method)
            || self.repertoire.own.contains_key(method)
            || self.repertoire.offer.methods().contains(&method)
    }
}
