//! The victim: the object that a host calls.

use std::collections::BTreeMap;
use std::sync::Arc;

use chaos_kitty_bus::{Answer, Call, Controller, Exception, Raise, Request, Symbol, Value};

use crate::effects::Effects;
use crate::hooks::Hooks;
use crate::methods;
use crate::own_method::OwnMethod;

/// The methods of a linked victim.
const LINKED: [&str; 5] = ["delay", "raise_error", "allocate_memory", "cpu_spin", "trigger_gc"];
/// What can be done beside a program without being in it.
const BESIDE: [&str; 2] = ["allocate_memory", "cpu_spin"];
/// What a host of protocol 1 may ask of any worker.
const STEERING: [&str; 2] = ["end", "effects"];
/// What never comes to a victim under this name: the host strikes with a signal itself, and the others are the protocol's.
const ELSEWHERE: [&str; 4] = ["signal", "respond_to?", "public_send", "[]"];
/// What a host may well ask of a wrapped program, and this version cannot do.
const NEEDS_GUARD: [&str; 6] = ["delay", "raise_error", "trigger_gc", "stop", "cont", "freeze"];

/// What a worker offers, whichever host it is connected to.
#[derive(Default)]
pub(crate) struct Repertoire {
    pub(crate) hooks: Arc<Hooks>,
    pub(crate) own: BTreeMap<String, OwnMethod>,
    /// True when the victim is another process, which this worker stands beside.
    pub(crate) beside: bool,
}

impl Repertoire {
    /// The names to declare.
    pub(crate) fn names(&self) -> Vec<Symbol> {
        self.built_in().iter().copied().chain(self.own.keys().map(String::as_str)).map(Symbol::from).collect()
    }

    /// True when this name means something already, to every worker or on the way to one, so that no application may
    /// give it another meaning.
    pub(crate) fn is_reserved(name: &str) -> bool {
        LINKED.contains(&name) || STEERING.contains(&name) || ELSEWHERE.contains(&name)
    }

    fn built_in(&self) -> &'static [&'static str] {
        if self.beside { &BESIDE } else { &LINKED }
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
        let effects = &self.effects;
        if self.repertoire.beside && NEEDS_GUARD.contains(&method) {
            return Err(refused(method).into());
        }
        let answer = match method {
            "delay" => methods::delay(effects, &request).await,
            "raise_error" => methods::raise_error(effects, &request).await,
            "allocate_memory" => methods::allocate_memory(effects, &request).await,
            "cpu_spin" => methods::cpu_spin(effects, &request).await,
            "trigger_gc" => methods::trigger_gc(effects, &self.repertoire.hooks, &request).await,
            "effects" => Ok(effects.list()),
            "end" => self.end(&request),
            _ => match self.repertoire.own.get(method).cloned() {
                Some(own) => own.call(effects, request).await,
                None => return Err(Raise::no_method(method, "Victim")),
            },
        };
        Ok(answer?)
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
            let answer = self.answer(call.request).await;
            self.effects.unblocked().await;
            answer
        })
    }

    fn responds_to(&self, method: &str) -> bool {
        self.repertoire.built_in().contains(&method)
            || STEERING.contains(&method)
            || self.repertoire.own.contains_key(method)
    }
}

fn refused(method: &str) -> Exception {
    Exception::runtime(format!(
        "{method} on a wrapped program needs the guard, which this version does not have: link the library \
         chaos-kitty-worker into the program, or strike it with {} or a signal",
        BESIDE.join(", ")
    ))
}
