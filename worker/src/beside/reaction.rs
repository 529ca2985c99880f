//! A reaction: a method that means a signal to the program, as `--on raise_error=SIGUSR1` says.

use std::sync::Arc;
use std::time::Duration;

use chaos_kitty_bus::{Exception, Request, Value};

use super::fate::{Fate, follow};
use super::program::Program;
use super::wrapped::INSIDE;
use crate::effects::Effects;
use crate::options::Options;
use crate::refusal::refusal;
use crate::victim::Repertoire;

/// How long the program may take to take the signal, unless `lease:` says otherwise.
const DEFAULT_LEASE: Duration = Duration::from_secs(10);
const MOST_TIMES: u64 = 1_000_000;

/// What the program does on a signal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reaction {
    /// The signal's number.
    pub number: i32,
    /// Its name without `SIG`.
    pub name: String,
}

impl Reaction {
    /// Whether a method may mean a signal.
    ///
    /// # Errors
    /// Why it may not.
    pub fn may_be_meant_by(method: &str) -> Result<(), String> {
        if method.is_empty() || method.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err("a method has a name, without blanks".to_owned());
        }
        if Repertoire::is_reserved(method) && !INSIDE.contains(&method) {
            let free = INSIDE.join(", ");
            return Err(format!(
                "{method} has a meaning already: give one to {free}, or to a name of your own"
            ));
        }
        Ok(())
    }

    /// Sends the signal as often as asked, each when the one before was taken: those that wait are one to the kernel.
    pub(super) async fn call(
        &self,
        program: &dyn Program,
        effects: &Arc<Effects>,
        request: &Request,
    ) -> Result<Value, Exception> {
        let mut options = Options::of(request)?;
        let method = request.method.to_string();
        let mut message = None;
        if method == "raise_error" {
            // They are for a fault point: a signal carries no words.
            message = options.words("message")?;
            for unheard in ["class", "panic", "point"] {
                options.take(unheard);
            }
        }
        let times = options.times("times", MOST_TIMES)?.unwrap_or(1);
        let (id, lease) = (options.effect(), options.lease().unwrap_or(DEFAULT_LEASE));
        options.finish()?;

        let effect = effects.begin(id.clone(), &method, lease)?;
        let (mut fate, mut hits) = (Fate::Gone, 0u64);
        while hits < times && !effect.lease().is_over() {
            let send = || program.signal(self.number);
            let followed = follow(program.process_id(), self.number, effect.lease(), send).await;
            fate = followed.map_err(|error| {
                let why = format!("{method}: SIG{}: {error}", self.name);
                if hits == 0 { refusal(why) } else { Exception::runtime(why) }
            })?;
            hits += u64::from(fate.is_hit());
            if fate != Fate::Caught {
                break;
            }
        }
        if id.is_none() && method == "raise_error" {
            return Err(Exception::runtime(message.unwrap_or_else(|| format!("SIG{}", self.name))));
        }
        let mut answer = match method.as_str() {
            "raise_error" => vec![("raised", hits.into())],
            "trigger_gc" => vec![("gc_triggered", Value::Bool(hits > 0))],
            _ => vec![("signalled", hits.into())],
        };
        if id.is_some() {
            let observed = [
                ("signal", Value::Symbol(self.name.as_str().into())),
                ("fate", fate.as_str().into()),
                ("hits", hits.into()),
            ];
            answer.push(("observed", Value::map(observed)));
        }
        Ok(Value::map(answer))
    }
}
