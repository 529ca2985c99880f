//! What has been seen of an experiment, and what follows from it: without a process, a socket or a sleep.

use super::phase::Phase;
use super::probe_settings::ProbeSettings;
use super::settings::Experiment;
use super::sighting::Sighting;
use super::strikes::Strikes;
use super::verdict::Verdict;
use super::vigil::Vigil;
use crate::journal::Record;

/// The course of an experiment so far. All times are seconds since the start of the run.
#[derive(Debug)]
pub struct Course<'a> {
    experiment: &'a Experiment,
    /// When each phase began, in their order.
    began: Vec<(Phase, f64)>,
    /// From when until when chaos was let go.
    chaos: (f64, f64),
    /// For each probe what was seen of it in each phase that has questions.
    vigils: Vec<[Vigil; 3]>,
    /// Every question.
    pub sightings: Vec<Sighting>,
    /// What chaos did.
    pub strikes: Strikes,
    /// Who had come when the time for coming was over, by name.
    pub victims: Vec<String>,
    /// Who was missing when the time for coming was over.
    pub missing: Option<String>,
    /// When somebody ended it.
    pub interrupted: Option<f64>,
    /// Records that nobody could keep up with.
    pub missed: u64,
    /// Whether some effect had not ended when it was given up to wait for that.
    pub is_unquiet: bool,
}

/// A probe of which more failed than is borne.
struct Failing {
    probe: usize,
    /// When that was certain, in seconds since the start of the run.
    since: f64,
    /// Its name, and why.
    why: String,
}

impl<'a> Course<'a> {
    /// One that is about to begin.
    pub fn new(experiment: &'a Experiment) -> Self {
        let vigils = experiment.probes.iter();
        let vigils = vigils.map(|settings| std::array::from_fn(|_| Vigil::new(settings.tolerance)));
        Self {
            experiment,
            began: vec![(Phase::Gathering, 0.0)],
            // Not yet.
            chaos: (f64::INFINITY, f64::INFINITY),
            vigils: vigils.collect(),
            sightings: Vec::new(),
            strikes: Strikes::default(),
            victims: Vec::new(),
            missing: None,
            interrupted: None,
            missed: 0,
            is_unquiet: false,
        }
    }

    /// The next phase begins.
    pub fn enter(&mut self, phase: Phase, at: f64) {
        self.began.push((phase, at));
    }

    /// Chaos is about to be let go.
    pub fn let_go(&mut self, at: f64) {
        self.chaos.0 = at;
    }

    /// Chaos is about to be paused.
    pub fn hold_back(&mut self, at: f64) {
        self.chaos.1 = at;
    }

    /// Where it stands.
    pub fn phase(&self) -> Phase {
        self.began.last().map_or(Phase::Gathering, |(phase, _)| *phase)
    }

    /// When a phase began, if it did.
    pub fn began(&self, phase: Phase) -> Option<f64> {
        self.began.iter().find(|(known, _)| *known == phase).map(|(_, at)| *at)
    }

    /// A question was answered, or was not.
    pub fn sight(&mut self, sighting: Sighting) {
        if let Some(vigil) = self.vigil_mut(sighting.probe, sighting.phase) {
            vigil.note(&sighting);
        }
        self.sightings.push(sighting);
    }

    /// The gate decided, or a strike came to its outcome.
    pub fn note(&mut self, record: &Record) {
        self.strikes.note(record, self.chaos.0..self.chaos.1);
    }

    /// What was seen of a probe in a phase.
    pub fn vigil(&self, probe: usize, phase: Phase) -> Option<&Vigil> {
        let index = Phase::PROBED.iter().position(|known| *known == phase)?;
        self.vigils.get(probe).map(|vigils| &vigils[index])
    }

    fn vigil_mut(&mut self, probe: usize, phase: Phase) -> Option<&mut Vigil> {
        let index = Phase::PROBED.iter().position(|known| *known == phase)?;
        self.vigils.get_mut(probe).map(|vigils| &mut vigils[index])
    }

    /// Whether there is nothing more to be waited for in this phase.
    pub fn is_settled(&self, now: f64) -> bool {
        let passed = now - self.began(self.phase()).unwrap_or(now);
        match self.phase() {
            Phase::Gathering => false,
            Phase::Before => self.is_steady() || self.unsteady(passed).is_some(),
            Phase::During => passed >= self.experiment.duration.as_secs_f64() || self.refutation().is_some(),
            Phase::After => self
                .probes()
                .all(|(probe, settings)| self.is_back(probe, settings) || self.is_late(probe, now)),
        }
    }

    /// Whether every probe holds before there is any chaos.
    pub fn is_steady(&self) -> bool {
        self.probes().all(|(probe, settings)| {
            let vigil = self.vigil(probe, Phase::Before);
            vigil.is_some_and(|vigil| vigil.failing.is_none() && vigil.successes >= settings.steady)
        })
    }

    /// The probe that failed under chaos first.
    fn refutation(&self) -> Option<Failing> {
        self.failing(Phase::During)
    }

    /// The probe that failed in a phase first.
    fn failing(&self, phase: Phase) -> Option<Failing> {
        let failing = self.probes().filter_map(|(probe, settings)| {
            let vigil = self.vigil(probe, phase)?;
            let why = format!("{}: {}", settings.name, vigil.failing.as_ref()?);
            Some(Failing { probe, since: vigil.failing_since?, why })
        });
        failing.min_by(|one, other| one.since.total_cmp(&other.since))
    }

    /// Why it is not steady, where that is certain after so many seconds.
    fn unsteady(&self, passed: f64) -> Option<String> {
        self.failing(Phase::Before).map(|failing| failing.why).or_else(|| {
            self.probes().find_map(|(probe, settings)| {
                let ProbeSettings { name, steady, .. } = settings;
                let successes = self.vigil(probe, Phase::Before)?.successes;
                (successes < *steady && passed > self.patience(settings))
                    .then(|| format!("{name}: it never answered {steady} times in a row"))
            })
        })
    }

    /// How long a probe may take to hold, the time for its successes in a row included.
    fn patience(&self, settings: &ProbeSettings) -> f64 {
        let row = (settings.interval + settings.probe.timeout) * settings.steady;
        (self.experiment.recovery + row).as_secs_f64()
    }

    fn probes(&self) -> impl Iterator<Item = (usize, &'a ProbeSettings)> {
        self.experiment.probes.iter().enumerate()
    }

    /// Whether a probe holds again.
    fn is_back(&self, probe: usize, settings: &ProbeSettings) -> bool {
        self.vigil(probe, Phase::After).is_some_and(|vigil| vigil.successes >= settings.steady)
    }

    /// Whether a probe can hold again in time no more: no success in a row has begun in time.
    fn is_late(&self, probe: usize, now: f64) -> bool {
        let Some(end) = self.began(Phase::After) else { return false };
        let latest = end + self.experiment.recovery.as_secs_f64();
        let since = self.vigil(probe, Phase::After).and_then(|vigil| vigil.since);
        since.unwrap_or(now) > latest
    }

    /// How long a probe took to hold again, in seconds from the end of chaos: to the answer that was the first of its
    /// successes in a row.
    pub fn recovery(&self, probe: usize) -> Option<f64> {
        let settings = self.experiment.probes.get(probe)?;
        let since = self.vigil(probe, Phase::After)?.since?;
        let took = since - self.began(Phase::After)?;
        (self.is_back(probe, settings) && took <= self.experiment.recovery.as_secs_f64()).then_some(took)
    }

    /// How often a probe was asked from the first strike that did something until the last effect had ended. What was asked
    /// before that a strike may have overtaken, and nobody knows whether it was answered under chaos.
    pub fn asked_under_chaos(&self, probe: usize) -> usize {
        let Some(first) = self.strikes.first_effect() else { return 0 };
        let is_under_chaos = |sighting: &&Sighting| {
            sighting.probe == probe && sighting.phase == Phase::During && sighting.at >= first
        };
        self.sightings.iter().filter(is_under_chaos).count()
    }

    /// What it came to, and why, in a sentence.
    pub fn verdict(&self) -> (Verdict, String) {
        let Experiment { recovery, victims, .. } = self.experiment;
        if let Some(missing) = &self.missing {
            let within = victims.within.as_secs_f64();
            let why = format!("within {within} s {missing}: is CHAOS_KITTY_SOCKET set for them?");
            return (Verdict::NoVictims, why);
        }
        let interrupted =
            self.interrupted.map(|at| (at, format!("a signal ended it after {at:.1} s ({})", self.phase())));
        // What was refuted by then stays so.
        let refutation = self.refutation();
        let is_refuted_by = |at: f64| refutation.as_ref().is_some_and(|failing| failing.since <= at);
        if let Some((_, why)) = interrupted.clone().filter(|(at, _)| !is_refuted_by(*at)) {
            return (Verdict::Interrupted, why);
        }
        let Some(began) = self.began(Phase::During) else {
            let unsteady = self.unsteady(f64::INFINITY);
            return (Verdict::Unsteady, unsteady.unwrap_or_else(|| "it ended before any chaos".to_owned()));
        };
        let late: Vec<&str> = self
            .probes()
            .filter(|(probe, _)| self.recovery(*probe).is_none())
            .map(|(_, settings)| &*settings.name)
            .collect();
        let late = (!late.is_empty() && interrupted.is_none())
            .then(|| format!("{} did not hold again within {} s", late.join(", "), recovery.as_secs_f64()));
        if let Some(Failing { probe, why, .. }) = refutation {
            let is_its_own = |sighting: &&Sighting| {
                sighting.probe == probe && sighting.phase == Phase::During && sighting.failure.is_some()
            };
            let after = self.sightings.iter().find(is_its_own).map_or(0.0, |sighting| sighting.at - began);
            let why = format!("{why} (first asked in vain {after:.1} s after chaos began)");
            return (
                Verdict::Refuted,
                [Some(why), late, interrupted.map(|(_, why)| why)]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>()
                    .join("; "),
            );
        }
        let unquiet = self.is_unquiet.then(|| "some effect had not ended when chaos was over".to_owned());
        let not_back: Vec<String> = [late, unquiet].into_iter().flatten().collect();
        if !not_back.is_empty() {
            return (Verdict::NotRecovered, not_back.join("; "));
        }
        if !self.strikes.had_an_effect() {
            return (Verdict::NoEffect, self.strikes.why_nothing());
        }
        let unasked = self.probes().filter(|(probe, _)| self.asked_under_chaos(*probe) == 0);
        let unasked: Vec<&str> = unasked.map(|(_, settings)| &*settings.name).collect();
        if !unasked.is_empty() {
            let why = format!(
                "{} was not asked once between the first strike and the end of chaos: a shorter `interval`, an answer that \
                 takes less time, or a longer `duration` makes it so",
                unasked.join(", ")
            );
            return (Verdict::Unasked, why);
        }
        let count = self.strikes.count();
        let why =
            format!("every probe held under {count} strike{}, and after", if count == 1 { "" } else { "s" });
        (Verdict::Held, why)
    }
}

#[cfg(test)]
mod tests;
