//! What chaos did: the gate's records, put together.

use crate::gate::{Decision, Origin, Outcome, Refusal, Rule, Ruling, Verdict};
use crate::journal::Record;
use crate::witness::Seen;
use chaos_kitty_bus::Value;
use serde::Serialize;
use std::collections::BTreeMap;
use std::ops::Range;

/// A strike: what was decided, and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Strike {
    /// Its number in the run.
    pub strike: u64,
    /// The instance, or the operator.
    pub origin: String,
    /// The operation; `operator` where a person called.
    pub operation: String,
    /// The victim's name.
    pub victim: String,
    /// The method.
    pub method: String,
    /// What was asked: the named arguments.
    pub asked: Value,
    /// When it was decided, in seconds since the start of the run.
    pub at: f64,
    /// When it was over; none where nothing has been heard of its end.
    pub ended: Option<f64>,
    /// Whether the last step was left out.
    pub dry_run: bool,
    /// Observed against asked.
    pub verdict: Option<Verdict>,
    /// What the victim observed.
    pub observed: Option<Value>,
    /// What the host saw of it from outside.
    pub seen: Option<Seen>,
    /// Why there is no result, or why what was observed is not believed.
    pub error: Option<String>,
}

/// What the gate refused: once for each origin and rule.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Refused {
    /// The instance, or the operator.
    pub origin: String,
    /// The rule that refused.
    pub rule: Rule,
    /// How often.
    pub count: u64,
    /// What was said the first time.
    pub reason: String,
}

/// All that was decided. What the pause before and after chaos refuses tells nothing, and is left out.
#[derive(Debug, Clone, Default)]
pub struct Strikes {
    strikes: BTreeMap<u64, Strike>,
    refused: Vec<Refused>,
}

impl Strikes {
    /// Takes a record into account, where chaos is let go for so long.
    pub fn note(&mut self, record: &Record, chaos: Range<f64>) {
        match record {
            Record::Decision(decision) if decision.origin.is_probe() => {}
            Record::Decision(decision) => match &decision.ruling {
                Ruling::Refused(refusal) if chaos.contains(&decision.mark.offset) => {
                    self.refused(decision.origin.to_string(), refusal);
                }
                Ruling::Refused(_) => {}
                Ruling::DryRun => self.decided(decision, true),
                Ruling::Strike => self.decided(decision, false),
            },
            Record::Outcome(outcome) => self.came(outcome),
            _ => {}
        }
    }

    fn refused(&mut self, origin: String, refusal: &Refusal) {
        let Refusal { rule, reason } = refusal.clone();
        match self.refused.iter_mut().find(|known| known.origin == origin && known.rule == rule) {
            Some(known) => known.count += 1,
            None => self.refused.push(Refused { origin, rule, count: 1, reason }),
        }
    }

    fn decided(&mut self, decision: &Decision, dry_run: bool) {
        let (Some(victim), Some(effect)) = (&decision.victim, &decision.effect) else { return };
        let operation = match &*decision.origin {
            Origin::Instance { operation, .. } => operation.clone(),
            _ => "operator".to_owned(),
        };
        let strike = Strike {
            strike: decision.strike,
            origin: decision.origin.to_string(),
            operation,
            victim: victim.name.to_string(),
            method: effect.method.clone(),
            asked: effect.options.clone(),
            at: decision.mark.offset,
            ended: None,
            dry_run,
            verdict: None,
            observed: None,
            seen: None,
            error: None,
        };
        self.strikes.insert(strike.strike, strike);
    }

    fn came(&mut self, outcome: &Outcome) {
        let Some(strike) = self.strikes.get_mut(&outcome.strike) else { return };
        strike.ended = Some(outcome.mark.offset);
        strike.verdict = (!outcome.dry_run).then_some(outcome.verdict);
        strike.observed.clone_from(&outcome.observed);
        strike.seen.clone_from(&outcome.seen);
        strike.error = outcome.error.as_ref().map(ToString::to_string).or_else(|| outcome.doubt.clone());
    }

    /// In the order of their decisions.
    pub fn all(&self) -> impl Iterator<Item = &Strike> {
        self.strikes.values()
    }

    /// What was refused.
    pub fn refusals(&self) -> &[Refused] {
        &self.refused
    }

    /// How many there were.
    pub fn count(&self) -> usize {
        self.strikes.len()
    }

    /// How many of them nothing has been heard of yet.
    pub fn under_way(&self) -> usize {
        self.all().filter(|strike| strike.ended.is_none()).count()
    }

    /// How many came to this.
    pub fn of(&self, verdict: Verdict) -> usize {
        self.all().filter(|strike| strike.verdict == Some(verdict)).count()
    }

    /// Whether anything was seen to happen.
    pub fn had_an_effect(&self) -> bool {
        self.first_effect().is_some()
    }

    /// When the first strike was decided that did something, in seconds since the start of the run.
    pub fn first_effect(&self) -> Option<f64> {
        let did = |strike: &&Strike| matches!(strike.verdict, Some(Verdict::Effective | Verdict::Partial));
        self.all().filter(did).map(|strike| strike.at).min_by(f64::total_cmp)
    }

    /// Why nothing happened, for people.
    pub fn why_nothing(&self) -> String {
        let mut why = Vec::new();
        let dry = self.all().filter(|strike| strike.dry_run).count();
        for (count, what) in [
            (dry, "would have been made, and a dry run strikes nobody"),
            (self.of(Verdict::None), "did nothing"),
            (self.of(Verdict::Unknown), "have an outcome that nobody can tell"),
            (self.under_way(), "did not come to an outcome"),
        ] {
            if count > 0 {
                why.push(format!("{count} strike{} {what}", if count == 1 { "" } else { "s" }));
            }
        }
        for refused in &self.refused {
            let Refused { origin, rule, count, reason } = refused;
            let times = if *count == 1 { "once".to_owned() } else { format!("{count} times") };
            why.push(format!("{origin} was refused {times} by the rule `{rule}` ({reason})"));
        }
        if why.is_empty() {
            return "no operation asked for a strike: see whether its interval is shorter than the duration, its \
                    probability more than 0, and whether it selects one of the victims"
                .to_owned();
        }
        why.join("; ")
    }
}
