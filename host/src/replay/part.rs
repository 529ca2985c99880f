//! One strike of a run, as it is to be made again.

use super::obstacle::{By, Obstacle};
use super::recording::Recording;
use crate::effect::Effect;
use crate::gate::{Decision, Origin, Outcome, Rule, Ruling, Verdict};
use crate::host::ListedVictim;
use chaos_kitty_bus::{Request, Symbol, Value};
use std::fmt;
use std::time::Duration;

/// A strike to be made again.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// When, since the replay's start.
    pub at: Duration,
    /// The decision, as it was recorded.
    pub decision: Decision,
    /// What it came to then, where that was recorded.
    pub then: Option<Outcome>,
    victim: String,
    effect: Effect,
}

impl Part {
    /// Whether a decision is one to be made again: one that struck, and was no replay itself.
    pub fn is_wanted(decision: &Decision) -> bool {
        decision.ruling == Ruling::Strike && !matches!(*decision.origin, Origin::Replay { .. })
    }

    /// The strikes of a run within a time of it, in order. Their offsets begin with that time.
    ///
    /// # Errors
    /// One of them was too long for the journal to hold it.
    pub fn all(
        recording: &Recording,
        within: std::ops::RangeInclusive<Duration>,
    ) -> Result<Vec<Self>, String> {
        let mut parts = Vec::new();
        for decision in &recording.decisions {
            let offset = Duration::try_from_secs_f64(decision.mark.offset).unwrap_or_default();
            let (Some(victim), Some(effect)) = (&decision.victim, &decision.effect) else { continue };
            if !within.contains(&offset) {
                continue;
            }
            let part = Self {
                at: offset - *within.start(),
                then: recording.outcomes.get(&decision.strike).cloned(),
                victim: victim.name.to_string(),
                effect: Effect::clone(effect),
                decision: decision.clone(),
            };
            if let Some(what) = left_out(effect) {
                return Err(format!(
                    "{part}: it cannot be made again: the journal has left its {what} out for their length"
                ));
            }
            parts.push(part);
        }
        parts.sort_by_key(|part| part.at);
        Ok(parts)
    }

    /// Its number in its run.
    pub fn number(&self) -> u64 {
        self.decision.strike
    }

    /// The victim's name.
    pub fn victim(&self) -> &str {
        &self.victim
    }

    /// The method.
    pub fn method(&self) -> &str {
        &self.effect.method
    }

    /// What it came to then.
    pub fn verdict_then(&self) -> Option<Verdict> {
        self.then.as_ref().map(|outcome| outcome.verdict)
    }

    /// The same at another time.
    pub fn at(mut self, at: Duration) -> Self {
        self.at = at;
        self
    }

    /// What stands in its way, of what can be seen before.
    pub fn obstacle(&self, victims: &[ListedVictim]) -> Option<Obstacle> {
        let (name, method) = (&self.victim, self.method());
        let Some(victim) = victims.iter().find(|victim| victim.name == *name) else {
            let reason = format!("there is no victim called `{name}`: start it with --name {name}");
            return Some(self.stopped(By::Rule(Rule::NoVictim), reason));
        };
        let methods = victim.methods.as_ref()?;
        if methods.iter().any(|offered| offered == method) {
            return None;
        }
        let reason = format!("{name} does not offer it: it offers {}", methods.join(", "));
        Some(self.stopped(By::Rule(Rule::NotDeclared), reason))
    }

    /// It could not be made again, for this reason.
    pub(super) fn stopped(&self, by: By, reason: String) -> Obstacle {
        Obstacle { strike: self.number(), offset: self.at.as_secs_f64(), what: self.to_string(), reason, by }
    }

    /// How a host is asked for it.
    pub(super) fn request(&self) -> Request {
        let Effect { method, arguments, options, lease, .. } = &self.effect;
        let origin = [("run", Value::from(&*self.decision.mark.run)), ("strike", Value::from(self.number()))];
        Request::new("strike")
            .argument(self.victim.as_str())
            .argument(Symbol::from(method.as_str()))
            .option("arguments", Value::Array(arguments.clone()))
            .option("options", options.clone())
            .option("lease", lease.as_secs_f64())
            .option("replay", Value::map(origin))
    }
}

/// `strike 3 at 4.2 s: delay on web`.
impl fmt::Display for Part {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, at) = (self.number(), self.at.as_secs_f64());
        write!(out, "strike {number} at {at:.3} s: {} on {}", self.method(), self.victim)
    }
}

/// What a record does not hold of an effect.
fn left_out(effect: &Effect) -> Option<&'static str> {
    let is_left_out = |value: &Value| value.as_str().is_some_and(|text| text.starts_with("left out: "));
    if effect.options.as_map().is_none() {
        return Some("arguments");
    }
    effect.arguments.iter().any(is_left_out).then_some("positional arguments")
}
