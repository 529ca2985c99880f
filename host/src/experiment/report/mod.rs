//! What remains of an experiment: plain values, from which each form of the report is made.

mod folder;
mod junit;
mod page;
mod scale;
mod timeline;
mod words;

pub use folder::Folder;

use super::course::Course;
use super::phase::Phase;
use super::settings::Experiment;
use super::sighting::Sighting;
use super::strikes::{Refused, Strike};
use super::tolerance::Tolerance;
use super::verdict::Verdict;
use super::vigil::Vigil;
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

/// A probe, and what was seen of it.
#[derive(Debug, Clone, Serialize)]
pub struct ProbeReport {
    /// Its name.
    pub name: String,
    /// What it asks.
    pub question: String,
    /// From one question to the next.
    pub interval: f64,
    /// How long an answer may take.
    pub timeout: f64,
    /// The slowest answer that is no failure.
    pub latency: Option<f64>,
    /// After how many successes in a row it holds.
    pub steady: u32,
    /// What is borne.
    pub tolerance: Tolerance,
    /// What was seen in each phase.
    pub phases: BTreeMap<Phase, Seen>,
    /// How long it took to hold again, from the end of chaos to the answer that was the first of its successes in a row; none
    /// where it did not, or where it did not come to that.
    pub recovered_after: Option<f64>,
    /// Every question.
    pub sightings: Vec<Sighting>,
}

/// What was seen of a probe in a phase.
#[derive(Debug, Clone, Serialize)]
pub struct Seen {
    /// How often it was asked.
    pub asked: u32,
    /// How often that failed.
    pub failed: u32,
    /// Why more failed than is borne, where it did.
    pub failing: Option<String>,
    /// Half of the answers took no longer than this; none where there was no answer.
    pub median: Option<f64>,
    /// The slowest answer.
    pub slowest: Option<f64>,
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
            run: host.run.id.clone(),
            seed: host.run.chance.seed(),
            dry_run: host.gate.is_dry_run(),
            journal: host.gate.journal().standing().map(|standing| standing.file),
            started: started.map(|started| started.to_string()).unwrap_or_default(),
            duration: experiment.duration.as_secs_f64(),
            recovery: experiment.recovery.as_secs_f64(),
            phases: spans(course, now.as_secs_f64()),
            victims: course.victims.clone(),
            probes: (0..experiment.probes.len())
                .filter_map(|probe| probed(course, experiment, probe))
                .collect(),
            operations,
            strikes: course.strikes.all().cloned().collect(),
            refused: course.strikes.refused().to_vec(),
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

impl Seen {
    fn of(vigil: &Vigil, sightings: &[Sighting], phase: Phase) -> Self {
        let answered = sightings.iter().filter(|one| one.phase == phase && one.failure.is_none());
        let mut latencies: Vec<f64> = answered.map(|one| one.latency).collect();
        latencies.sort_by(f64::total_cmp);
        Self {
            asked: vigil.asked,
            failed: vigil.failed,
            failing: vigil.failing.clone(),
            median: latencies.get(latencies.len() / 2).copied(),
            slowest: latencies.last().copied(),
        }
    }
}

fn probed(course: &Course<'_>, experiment: &Experiment, probe: usize) -> Option<ProbeReport> {
    let settings = experiment.probes.get(probe)?;
    let own = course.sightings.iter().filter(|sighting| sighting.probe == probe);
    let sightings: Vec<Sighting> = own.cloned().collect();
    let there = Phase::PROBED.into_iter().filter(|phase| course.began(*phase).is_some());
    let phases =
        there.filter_map(|phase| Some((phase, Seen::of(course.vigil(probe, phase)?, &sightings, phase))));
    Some(ProbeReport {
        name: settings.name.clone(),
        question: settings.probe.question.shown(),
        interval: settings.interval.as_secs_f64(),
        timeout: settings.probe.timeout.as_secs_f64(),
        latency: settings.probe.slowest.map(|slowest| slowest.as_secs_f64()),
        steady: settings.steady,
        tolerance: settings.tolerance,
        phases: phases.collect(),
        recovered_after: course.recovery(probe),
        sightings,
    })
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
