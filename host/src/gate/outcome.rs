//! What came of a strike.

use super::ended_by::EndedBy;
use super::verdict::Verdict;
use crate::backend::Failure;
use crate::effect::Effect;
use crate::journal::{Mark, VictimMark};
use crate::witness::Seen;
use chaos_kitty_bus::Value;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Asked and observed, side by side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// When it was over, and in which run.
    #[serde(flatten)]
    pub mark: Mark,
    /// Its number, counted from 1 in its run; the outcome of a decision has the same.
    pub strike: u64,
    /// The victim.
    pub victim: VictimMark,
    /// The method.
    pub method: String,
    /// What was asked: the named arguments.
    pub asked: Value,
    /// What was seen to happen; none where the victim cannot say.
    pub observed: Option<Value>,
    /// What the host saw of it from outside; none where there is nothing to see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Seen>,
    /// Why what was observed cannot be so, where it cannot: the verdict goes by what was seen in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
    /// Observed against asked.
    pub verdict: Verdict,
    /// Who had it end before its time; none where it ended by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_by: Option<EndedBy>,
    /// Whether the last step was left out.
    pub dry_run: bool,
    /// What the victim answered; an Exception where that is what its protocol answers.
    pub result: Value,
    /// Why there is no result, where there is none.
    pub error: Option<Failure>,
    /// From decision to outcome, in seconds.
    pub took: f64,
}

impl Outcome {
    /// How long what was asked for takes, where the protocol says so; no time otherwise.
    pub(crate) fn asked_time(&self) -> Duration {
        let Some(option) = Effect::time_option(&self.method) else { return Duration::ZERO };
        let seconds = self.asked.get(option).and_then(Value::as_f64).unwrap_or_default();
        Duration::try_from_secs_f64(seconds).unwrap_or_default()
    }

    /// Whether something was done, as far as anyone can say: what decides between exit codes 0 and 1.
    pub fn is_done(&self) -> bool {
        self.dry_run || self.error.is_none() && self.verdict.is_done()
    }
}
