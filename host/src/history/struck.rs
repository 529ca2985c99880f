//! One strike, from the wish to what came of it.

use super::ended::Ended;
use crate::gate::{Decision, EndedBy, Origin, Outcome, Refusal, Ruling, Verdict};
use crate::witness::Seen;
use chaos_kitty_bus::Value;
use serde::Serialize;
use std::sync::Arc;

/// A strike, or a refusal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Struck {
    /// The run.
    pub run: String,
    /// Its number in its run.
    pub strike: u64,
    /// When it was decided, in seconds since the Unix epoch.
    pub at: f64,
    /// The same, in seconds since the start of its run.
    pub offset: f64,
    /// Who asked; none where that record is not kept any more.
    pub origin: Option<Origin>,
    /// The victim's name; none where there was no such victim.
    pub victim: Option<String>,
    /// The method; none where the wish was not understood.
    pub method: Option<String>,
    /// What was asked.
    pub asked: Value,
    /// What was observed.
    pub observed: Option<Value>,
    /// What the host saw of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen: Option<Seen>,
    /// Whether what was observed cannot be so.
    #[serde(skip)]
    pub is_doubted: bool,
    /// What it has come to.
    pub end: End,
    /// Who had it end before its time; none where it ended by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_by: Option<EndedBy>,
    /// Why there is no result, or why what was observed is not believed.
    pub trouble: Option<String>,
    /// Seconds from decision to outcome.
    pub took: Option<f64>,
}

/// What a strike has come to.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// It was carried out.
    Verdict(Verdict),
    /// The last step was left out.
    DryRun,
    /// The gate refused.
    Refused(Refusal),
    /// It has no outcome yet.
    UnderWay,
    /// Its run has ended, and it has no outcome.
    Untold,
}

impl Struck {
    /// What has only been decided.
    pub(super) fn decided(decision: Decision) -> Self {
        let (method, asked) = decision.effect.map_or((None, Value::Nil), |effect| {
            let effect = Arc::unwrap_or_clone(effect);
            (Some(effect.method), effect.options)
        });
        let end = match decision.ruling {
            Ruling::Strike => End::UnderWay,
            Ruling::DryRun => End::DryRun,
            Ruling::Refused(refusal) => End::Refused(refusal),
        };
        Self {
            run: decision.mark.run.to_string(),
            strike: decision.strike,
            at: decision.mark.at,
            offset: decision.mark.offset,
            origin: Some(Arc::unwrap_or_clone(decision.origin)),
            victim: decision.victim.map(|victim| victim.name.to_string()),
            method,
            asked,
            observed: None,
            seen: None,
            is_doubted: false,
            end,
            ended_by: None,
            trouble: None,
            took: None,
        }
    }

    /// What has an outcome, and whose decision is not kept any more.
    pub(super) fn told(outcome: &Outcome) -> Self {
        Self {
            run: outcome.mark.run.to_string(),
            strike: outcome.strike,
            at: outcome.mark.at - outcome.took,
            offset: outcome.mark.offset - outcome.took,
            origin: None,
            victim: Some(outcome.victim.name.to_string()),
            method: Some(outcome.method.clone()),
            asked: outcome.asked.clone(),
            observed: None,
            seen: None,
            is_doubted: false,
            end: End::UnderWay,
            ended_by: None,
            trouble: None,
            took: None,
        }
    }

    /// Its outcome has come.
    pub(super) fn end(&mut self, outcome: Outcome) {
        self.end = if outcome.dry_run { End::DryRun } else { End::Verdict(outcome.verdict) };
        self.is_doubted = outcome.doubt.is_some();
        self.ended_by = outcome.ended_by;
        self.seen = outcome.seen;
        self.trouble = outcome.error.map(|error| error.to_string()).or(outcome.doubt);
        self.observed = outcome.observed;
        self.took = Some(outcome.took);
    }

    /// Who asked: an instance's name, `operator`, or `replay`.
    pub fn by(&self) -> String {
        match &self.origin {
            Some(Origin::Instance { name, operation, .. }) if name == operation => name.clone(),
            Some(Origin::Instance { name, operation, .. }) => format!("{name} ({operation})"),
            _ => self.operation().to_owned(),
        }
    }

    /// Its operation, `operator`, or `replay`.
    pub fn operation(&self) -> &str {
        match &self.origin {
            Some(Origin::Instance { operation, .. }) => operation,
            Some(Origin::Operator { .. }) => "operator",
            Some(Origin::Replay { .. }) => "replay",
            Some(Origin::Probe { .. }) => "probe",
            None => "?",
        }
    }

    /// Its instance's name; empty where it is no instance's.
    pub fn instance(&self) -> &str {
        match &self.origin {
            Some(Origin::Instance { name, .. }) => name,
            _ => "",
        }
    }

    /// Whether it asked how its victim is, which is no strike.
    pub(super) fn is_probe(&self) -> bool {
        self.origin.as_ref().is_some_and(Origin::is_probe)
    }

    /// A figure that the verdict went by: what was observed, where that is believed, or else what was seen; 0 where there is
    /// none, or nobody can say whose work it was.
    pub(super) fn figure(&self, key: &str) -> f64 {
        let told = self.observed.as_ref().filter(|_| !self.is_doubted);
        let told = told.and_then(|observed| observed.get(key)?.as_f64());
        let is_judged = matches!(self.end, End::Verdict(verdict) if verdict != Verdict::Unknown);
        let seen = self.seen.as_ref().filter(|_| is_judged);
        let seen = || seen?.figures().find(|(name, _)| *name == key).map(|(_, figure)| figure);
        told.or_else(seen).unwrap_or_default()
    }
}

impl End {
    /// In a word or two.
    pub fn ended(&self) -> Ended {
        match self {
            Self::Verdict(Verdict::Effective) => Ended::Effective,
            Self::Verdict(Verdict::Partial) => Ended::Partial,
            Self::Verdict(Verdict::None) => Ended::None,
            Self::Verdict(Verdict::Unknown) => Ended::Unknown,
            Self::DryRun => Ended::DryRun,
            Self::Refused(_) => Ended::Refused,
            Self::UnderWay => Ended::UnderWay,
            Self::Untold => Ended::Untold,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Record;
    use serde_json::{Value as Json, json};

    fn struck(verdict: &str, more: Json) -> Struck {
        let mut record = json!({
            "record": "outcome", "schema": 1, "run": "r", "boot": "b", "at": 9.0, "offset": 2.0, "strike": 1,
            "victim": { "id": 1, "name": "web", "pid": 42, "start_time": 99 }, "method": "cpu_spin",
            "asked": { "duration": 1.0 }, "observed": null, "verdict": verdict, "dry_run": false, "result": null,
            "error": null, "took": 1.0,
        });
        record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let Record::Outcome(outcome) = serde_json::from_value(record).unwrap() else { panic!("an outcome") };
        let mut struck = Struck::told(&outcome);
        struck.end(outcome);
        struck
    }

    #[test]
    fn what_counts_is_what_the_verdict_went_by() {
        let seen = |cpu: f64| json!({ "cpu_seconds": cpu, "gap_seconds": 0.05 });
        let wild = json!({ "observed": { "cpu_seconds": 1e9 }, "doubt": "it cannot be", "seen": seen(0.25) });
        assert_eq!(struck("partial", wild.clone()).figure("cpu_seconds"), 0.25);
        assert_eq!(struck("unknown", wild).figure("cpu_seconds"), 0.0, "it may be its own work");
        let told = json!({ "observed": { "cpu_seconds": 1.0 }, "seen": seen(1.25) });
        assert_eq!(struck("effective", told).figure("cpu_seconds"), 1.0);
        assert_eq!(struck("partial", json!({ "seen": seen(0.5) })).figure("cpu_seconds"), 0.5);
        assert_eq!(struck("effective", json!({})).figure("cpu_seconds"), 0.0);
    }
}
