//! Sums: many strikes in a line.

use super::ended::Ended;
use super::struck::{End, Struck};
use serde::Serialize;
use std::collections::BTreeMap;

/// What is summed up by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum By {
    /// The operation, `operator`, or `replay`.
    Operation,
    /// The victim's name.
    Victim,
    /// What it has come to.
    Verdict,
    /// The rule that refused; what was let through is left out.
    Rule,
    /// The hour in which it was decided, in the machine's time zone.
    Hour,
}

/// Some strikes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Sum {
    /// How many were let through.
    pub strikes: u64,
    /// Of these: done as asked.
    pub effective: u64,
    /// Done in part.
    pub partial: u64,
    /// Without effect.
    pub none: u64,
    /// Nobody can say, or has said.
    pub unknown: u64,
    /// The last step was left out.
    pub dry_run: u64,
    /// Still under way.
    pub under_way: u64,
    /// How many more were refused.
    pub refused: u64,
    /// Seconds held.
    pub seconds_held: f64,
    /// CPU seconds burnt.
    pub cpu_seconds: f64,
    /// MiB that were taken, each strike's added up.
    pub resident_mb: f64,
}

/// Sums by what they are summed up by.
#[derive(Debug, Clone, PartialEq)]
pub struct Sums {
    by: By,
    sums: BTreeMap<String, Sum>,
    total: Sum,
}

impl Sums {
    /// None so far.
    pub fn new(by: By) -> Self {
        Self { by, sums: BTreeMap::new(), total: Sum::default() }
    }

    /// Adds a strike; `hour` names the hour of a time in seconds since the Unix epoch.
    pub fn add(&mut self, struck: &Struck, hour: impl FnOnce(f64) -> String) {
        let key = match (self.by, &struck.end) {
            (By::Operation, _) => struck.operation().to_owned(),
            (By::Victim, _) => struck.victim.clone().unwrap_or_else(|| "nobody".to_owned()),
            (By::Verdict, end) => end.ended().to_string(),
            (By::Rule, End::Refused(refusal)) => refusal.rule.to_string(),
            (By::Rule, _) => return,
            (By::Hour, _) => hour(struck.at),
        };
        self.sums.entry(key).or_default().add(struck);
        self.total.add(struck);
    }

    /// The sums, in the order of their names.
    pub fn rows(&self) -> &BTreeMap<String, Sum> {
        &self.sums
    }

    /// All of them.
    pub fn total(&self) -> &Sum {
        &self.total
    }
}

impl Sum {
    fn add(&mut self, struck: &Struck) {
        let count = match struck.end.ended() {
            Ended::Refused => {
                self.refused += 1;
                return;
            }
            Ended::Effective => &mut self.effective,
            Ended::Partial => &mut self.partial,
            Ended::None => &mut self.none,
            Ended::Unknown | Ended::Untold => &mut self.unknown,
            Ended::DryRun => &mut self.dry_run,
            Ended::UnderWay => &mut self.under_way,
        };
        *count += 1;
        self.strikes += 1;
        self.seconds_held += struck.figure("seconds_held");
        self.cpu_seconds += struck.figure("cpu_seconds");
        self.resident_mb += struck.figure("resident_mb");
    }
}
