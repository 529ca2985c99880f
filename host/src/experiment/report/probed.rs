//! What a report has of a probe.

use crate::experiment::course::Course;
use crate::experiment::{Experiment, Phase, Sighting, Tolerance, Vigil};
use serde::Serialize;
use std::collections::BTreeMap;

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
    /// How often it was asked from the first strike that did something until the last effect had ended.
    pub asked_under_chaos: usize,
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

impl Seen {
    pub(super) fn of(vigil: &Vigil, sightings: &[Sighting], phase: Phase) -> Self {
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

impl ProbeReport {
    pub(super) fn of(course: &Course<'_>, experiment: &Experiment, probe: usize) -> Option<Self> {
        let settings = experiment.probes.get(probe)?;
        let own = course.sightings.iter().filter(|sighting| sighting.probe == probe);
        let sightings: Vec<Sighting> = own.cloned().collect();
        let there = Phase::PROBED.into_iter().filter(|phase| course.began(*phase).is_some());
        let phases =
            there.filter_map(|phase| Some((phase, Seen::of(course.vigil(probe, phase)?, &sightings, phase))));
        Some(Self {
            name: settings.name.clone(),
            question: settings.probe.question.shown(),
            interval: settings.interval.as_secs_f64(),
            timeout: settings.probe.timeout.as_secs_f64(),
            latency: settings.probe.slowest.map(|slowest| slowest.as_secs_f64()),
            steady: settings.steady,
            tolerance: settings.tolerance,
            phases: phases.collect(),
            asked_under_chaos: course.asked_under_chaos(probe),
            recovered_after: course.recovery(probe),
            sightings,
        })
    }
}
