//! What remains of an experiment: plain values, from which each form of the report is made.

mod folder;
mod junit;
mod page;
mod probed;
mod scale;
mod timeline;
mod words;

pub use folder::Folder;
pub use probed::ProbeReport;

use super::course::Course;
use super::phase::Phase;
use super::settings::Experiment;
use super::strikes::{Refused, Strike};
use super::verdict::Verdict;
use crate::host::Host;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The form of `report.json` that this version writes.
const SCHEMA: u32 = 1;

/// Everything about an experiment. Times are seconds; those that say when, since the start of the run.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The version of this form.
    pub schema: u32,
    /// What it came to.
    pub verdict: Verdict,
    /// Why, in a sentence.
    pub why: String,
    /// What it is called.
    pub title: String,
    /// What was believed to stay so.
    pub hypothesis: String,
    /// The file.
    pub file: PathBuf,
    /// The host's version.
    pub version: String,
    /// The run, as its records name it.
    pub run: String,
    /// The seed that repeats its draws.
    pub seed: u64,
    /// Whether nobody was to be struck.
    pub dry_run: bool,
    /// Where the run's journal is, if it has one.
    pub journal: Option<PathBuf>,
    /// When the run began: the wall clock's time, in UTC, as RFC 3339 has it.
    pub started: String,
    /// For how long there was to be chaos.
    pub duration: f64,
    /// How long the probes had to hold again.
    pub recovery: f64,
    /// The phases that there were.
    pub phases: Vec<Span>,
    /// Who was there when it began, by name.
    pub victims: Vec<String>,
    /// The probes, in the file's order.
    pub probes: Vec<ProbeReport>,
    /// For each operation how its strikes came out.
    pub operations: BTreeMap<String, Tally>,
    /// Every strike, in the order of their decisions.
    pub strikes: Vec<Strike>,
    /// What the gate refused.
    pub refused: Vec<Refused>,
    /// When somebody ended it.
    pub interrupted: Option<f64>,
    /// Records that came faster than they were read, and are missing here.
    pub missed: u64,
    /// Whether some effect had not ended when chaos was over; it ends on its lease.
    pub unquiet: bool,
}

/// A phase, and how long it was.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Span {
    /// Which.
    pub phase: Phase,
    /// From when.
    pub from: f64,
    /// Until when.
    pub to: f64,
}

/// How the strikes of an operation came out.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Tally {
    /// All of them.
    pub strikes: u32,
    /// Those that did what was asked.
    pub effective: u32,
    /// Those that did less.
    pub partial: u32,
    /// Those that did nothing.
    pub none: u32,
    /// Those of which nobody can say.
    pub unknown: u32,
    /// Those that a dry run left out.
    pub dry_run: u32,
}

impl Report {
    /// Of a course that is over, on this host.
    pub fn of(course: &Course<'_>, experiment: &Experiment, host: &Host) -> Self {
        let (verdict, why) = course.verdict();
        let clock = &host.run.clock;
        let now = clock.offset();
        let began = (clock.wall() - now.min(clock.wall())).as_millis();
        let started = jiff::Timestamp::from_millisecond(i64::try_from(began).unwrap_or_default());
        let mut operations: BTreeMap<String, Tally> = BTreeMap::new();
        for strike in course.strikes.all() {
            operations.entry(strike.operation.clone()).or_default().count(strike);
        }
        Self {
            schema: SCHEMA,
            verdict,
            why,
            title: experiment.title.clone(),
            hypothesis: experiment.hypothesis.clone(),
            file: experiment.file.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            run: host.run.id.to_string(),
            seed: host.run.chance.seed(),
            dry_run: host.gate.is_dry_run(),
            journal: host.gate.journal().standing().map(|standing| standing.file),
            started: started.map(|started| started.to_string()).unwrap_or_default(),
            duration: experiment.duration.as_secs_f64(),
            recovery: experiment.recovery.as_secs_f64(),
            phases: spans(course, now.as_secs_f64()),
            victims: course.victims.clone(),
            probes: (0..experiment.probes.len())
                .filter_map(|probe| ProbeReport::of(course, experiment, probe))
                .collect(),
            operations,
            strikes: course.strikes.all().cloned().collect(),
            refused: course.strikes.refusals().to_vec(),
            interrupted: course.interrupted,
            missed: course.missed,
            unquiet: course.is_unquiet,
        }
    }

    /// A phase, if it came to that.
    pub fn phase(&self, phase: Phase) -> Option<&Span> {
        self.phases.iter().find(|span| span.phase == phase)
    }
}

impl Tally {
    fn count(&mut self, strike: &Strike) {
        use crate::gate::Verdict;
        self.strikes += 1;
        match strike.verdict {
            _ if strike.dry_run => self.dry_run += 1,
            Some(Verdict::Effective) => self.effective += 1,
            Some(Verdict::Partial) => self.partial += 1,
            Some(Verdict::None) => self.none += 1,
            Some(Verdict::Unknown) | None => self.unknown += 1,
        }
    }
}

fn spans(course: &Course<'_>, end: f64) -> Vec<Span> {
    let all = [Phase::Gathering, Phase::Before, Phase::During, Phase::After];
    let began: Vec<(Phase, f64)> =
        all.into_iter().filter_map(|phase| Some((phase, course.began(phase)?))).collect();
    let ends = began.iter().skip(1).map(|(_, from)| *from).chain([end]);
    began.iter().zip(ends).map(|((phase, from), to)| Span { phase: *phase, from: *from, to }).collect()
}

#[cfg(test)]
pub(crate) mod tests;
