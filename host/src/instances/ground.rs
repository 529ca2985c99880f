//! What an instance may ask of this host.

use super::bedrock::Bedrock;
use super::members::Members;
use super::pace::Pace;
use super::tally::Tally;
use crate::gate::{EndedBy, Origin, Outcome, Refusal, Who, Wish};
use crate::plugin::{BoxFuture, Ground};
use chaos_kitty_bus::{Value, to_value};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// The host, as one generation of an instance sees it: its gate, its chance and its clock.
#[derive(Debug)]
pub(super) struct HostGround {
    bedrock: Arc<Bedrock>,
    own: Arc<Own>,
}

/// What is this generation's own.
#[derive(Debug)]
pub(super) struct Own {
    pub(super) members: Members,
    pub(super) tally: Tally,
    pub(super) pace: Pace,
    /// The operation's name, which is not the instance's where that has another.
    operation: String,
    /// Its number, of the instance's, from when it takes over: before that it has done nothing.
    generation: OnceLock<u32>,
}

impl HostGround {
    pub(super) fn new(bedrock: Arc<Bedrock>, operation: &str, pace: Pace) -> Self {
        let (members, tally) = (Members::default(), Tally::default());
        let operation = operation.to_owned();
        let own = Own { members, tally, pace, operation, generation: OnceLock::new() };
        Self { bedrock, own: Arc::new(own) }
    }

    pub(super) fn own(&self) -> &Arc<Own> {
        &self.own
    }

    /// Numbers it, when it takes over.
    pub(super) fn number(&self, instance: &str) {
        self.own.generation.get_or_init(|| self.bedrock.turns.number(instance));
    }
}

impl Own {
    /// Its number; none before it takes over.
    pub(super) fn generation(&self) -> Option<u32> {
        self.generation.get().copied()
    }

    fn origin(&self, instance: &str) -> Origin {
        let (name, operation) = (instance.to_owned(), self.operation.clone());
        Origin::Instance { name, operation, generation: self.generation() }
    }
}

impl Ground for HostGround {
    fn turn(&self) -> BoxFuture<'static, bool> {
        let own = Arc::clone(&self.own);
        Box::pin(async move { own.pace.turn().await })
    }

    fn strike(
        &self,
        instance: &str,
        victim: u64,
        request: Value,
    ) -> BoxFuture<'static, Result<Value, Value>> {
        let wish = wish(self.own.origin(instance), victim, &request);
        let (gate, own, name) = (Arc::clone(&self.bedrock.gate), Arc::clone(&self.own), instance.to_owned());
        Box::pin(async move {
            let mut wish = wish.map_err(|why| {
                own.tally.error();
                complaint("parameter", &why)
            })?;
            let under_way = own.pace.strike();
            if let Some(striking) = &under_way {
                // Without limits nobody takes anything from anybody.
                if gate.is_limited() {
                    striking.spell.turn().await;
                }
                wish.tick = striking.spell.tick();
            }
            wish.origin = own.origin(&name);
            wish.leaving = under_way.is_none();
            // An instance strikes its own victims: a selector holds whatever the plugin does. Those of now, since its turn
            // may have been waited for.
            wish.selected = own.members.contains(victim);
            let begun = gate.begin(wish);
            if let (Some(striking), Ok(_), false) = (&under_way, &begun, gate.is_dry_run()) {
                striking.spell.lasts();
            }
            let outcome = match begun {
                Ok(outcome) => outcome.await,
                Err(refusal) => Err(refusal),
            };
            match outcome {
                Ok(outcome) => {
                    own.tally.strike();
                    under_way.iter().for_each(|striking| striking.spell.struck(&outcome));
                    answer(&outcome).inspect_err(|_| own.tally.error())
                }
                Err(Refusal { reason, .. }) => Err(complaint("refused", &reason)),
            }
        })
    }

    fn abandon(&self, instance: &str) {
        self.own.pace.abandon();
        self.bedrock.gate.end(&self.own.origin(instance), EndedBy::Instance);
    }

    fn do_without(&self, victim: u64) {
        self.own.tally.error();
        self.own.members.remove(victim);
    }

    fn tick(&self, interval: Duration) -> BoxFuture<'static, u64> {
        let (clock, own) = (self.bedrock.run.clock.clone(), Arc::clone(&self.own));
        Box::pin(async move { own.pace.tick(&clock, interval).await })
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let own = Arc::clone(&self.own);
        Box::pin(async move {
            let spell = own.pace.spell();
            spell.lasts();
            tokio::time::sleep(duration).await;
            // However late it was woken: what it asked for decides which tick is its next one.
            spell.over(duration, duration);
        })
    }

    fn draw(&self, instance: &str, victim: u64, tick: u64, purpose: &str) -> f64 {
        let victim = self.bedrock.roster.get(victim);
        let name = victim.as_ref().map_or("", |victim| victim.name());
        self.bedrock.run.chance.draw(instance, name, tick, purpose)
    }

    fn pick(&self, instance: &str, tick: u64) -> Option<u64> {
        self.own.members.with(|victims| {
            let names = victims.iter().map(|(id, name)| (*id, &**name));
            self.bedrock.run.chance.pick(instance, tick, names)
        })
    }
}

/// What it asks for; whether it may be is seen when its turn has come.
fn wish(origin: Origin, victim: u64, request: &Value) -> Result<Wish, String> {
    let method = request.get("method").and_then(Value::as_str).ok_or("a strike names a method")?;
    let arguments = request.get("arguments").and_then(Value::as_array).unwrap_or_default().to_vec();
    let options = request.get("options").and_then(Value::as_map).unwrap_or_default();
    let lease = match request.get("lease").and_then(Value::as_f64) {
        None => None,
        Some(seconds) => {
            Some(Duration::try_from_secs_f64(seconds).map_err(|error| format!("lease: {error}"))?)
        }
    };
    // Field names and option keys are symbols on the wire, and may be texts across the ABI.
    let options = options
        .iter()
        .map(|(key, value)| {
            Ok((Value::Symbol(key.as_str().ok_or("an option's key is a text")?.into()), value.clone()))
        })
        .collect::<Result<_, String>>()?;
    Ok(Wish {
        origin,
        victim: Who::Id(victim),
        selected: false,
        leaving: true,
        tick: None,
        method: method.to_owned(),
        arguments,
        options: Value::Map(options),
        lease,
    })
}

fn answer(outcome: &Outcome) -> Result<Value, Value> {
    if let Some(error) = &outcome.error {
        return Err(complaint("failed", &error.to_string()));
    }
    let verdict = to_value(&outcome.verdict).unwrap_or_default();
    Ok(Value::map([
        ("decision", Value::from(outcome.strike)),
        ("verdict", verdict),
        ("observed", outcome.observed.clone().unwrap_or_default()),
        ("result", outcome.result.clone()),
        ("dry_run", Value::Bool(outcome.dry_run)),
    ]))
}

fn complaint(kind: &str, message: &str) -> Value {
    Value::map([("kind", kind), ("message", message)])
}
