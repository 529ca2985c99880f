//! What the demo knows at any moment: the victims' figures, the strikes, the sums.

use super::actor::Event;
use super::figures::{Extent, Figures};
use super::summary::{Summary, VictimSummary};
use super::tally::Tally;
use crate::command::output;
use crate::gate::{Origin, Ruling};
use crate::journal::Record;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;

/// Reports kept for the curve: at four a second, half a minute.
const CURVE: usize = 120;

/// Where the demo is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Starting,
    Before,
    Struck,
    Ending,
    After,
}

/// A victim, as it is seen.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) name: &'static str,
    pub(super) last: Figures,
    pub(super) curve: VecDeque<f64>,
    /// Effects under way, by strike.
    pub(super) struck_by: BTreeMap<u64, String>,
    pub(super) restarts: u32,
    /// The next report is partly about the phase before.
    is_between: bool,
    before: Extent,
    during: Extent,
    after: Extent,
}

/// All of it.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) phase: Phase,
    pub(super) elapsed: Duration,
    pub(super) length: Duration,
    pub(super) victims: Vec<Seen>,
    origins: HashMap<u64, String>,
    tallies: BTreeMap<String, Tally>,
    interrupted: bool,
    left: Option<(usize, usize)>,
}

impl Scene {
    pub(super) fn new(names: &[&'static str], length: Duration) -> Self {
        Self {
            phase: Phase::Starting,
            elapsed: Duration::ZERO,
            length,
            victims: names.iter().map(|name| Seen { name, ..Seen::default() }).collect(),
            origins: HashMap::new(),
            tallies: BTreeMap::new(),
            interrupted: false,
            left: None,
        }
    }

    pub(super) fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.victims.iter_mut().for_each(|victim| victim.is_between = true);
        self.elapsed = Duration::ZERO;
    }

    pub(super) fn clock(&mut self, elapsed: Duration) {
        self.elapsed = elapsed;
    }

    pub(super) fn interrupt(&mut self) {
        self.interrupted = true;
    }

    pub(super) fn is_interrupted(&self) -> bool {
        self.interrupted
    }

    /// Effects still under way and victims there, at the very end.
    pub(super) fn end(&mut self, active: usize, victims: usize) {
        self.left = Some((active, victims));
    }

    /// Takes what a victim tells. Answers a line to show, if there is one.
    pub(super) fn hear(&mut self, event: Event) -> Option<String> {
        let phase = self.phase;
        let (Event::Report(name, _) | Event::Ended(name, _)) = event;
        let victim = self.victims.iter_mut().find(|victim| victim.name == name)?;
        match event {
            Event::Report(_, figures) => {
                let between = std::mem::replace(&mut victim.is_between, false);
                match phase {
                    Phase::Before | Phase::After if between => {}
                    Phase::Before => victim.before.add(&figures),
                    Phase::Struck | Phase::Ending => victim.during.add(&figures),
                    Phase::After => victim.after.add(&figures),
                    Phase::Starting => {}
                }
                victim.curve.push_back(figures.throughput);
                if victim.curve.len() > CURVE {
                    victim.curve.pop_front();
                }
                victim.last = figures;
                None
            }
            Event::Ended(_, status) => {
                victim.restarts += 1;
                victim.struck_by.clear();
                Some(format!("{name} ended ({status}); it is started again, and registers as {name}"))
            }
        }
    }

    /// Takes a decision or an outcome. Answers a line to show, if there is one.
    pub(super) fn note(&mut self, record: &Record) -> Option<String> {
        match record {
            Record::Decision(decision) => {
                let (Origin::Instance { name, .. }, Some(effect), Some(mark)) =
                    (&*decision.origin, &decision.effect, &decision.victim)
                else {
                    return None;
                };
                // The pauses before and after are refusals, which would only hide the strikes.
                if decision.ruling != Ruling::Strike {
                    return None;
                }
                self.origins.insert(decision.strike, name.clone());
                if let Some(victim) = self.victim(&mark.name) {
                    victim.struck_by.insert(decision.strike, name.clone());
                }
                let (offset, victim) = (decision.mark.offset, &mark.name);
                let what = format!("{name}: {} {}", effect.method, output::entries(&effect.options));
                Some(format!("{offset:>7.2}  {victim:<8} ← {what}"))
            }
            Record::Outcome(outcome) => {
                if let Some(victim) = self.victim(&outcome.victim.name) {
                    victim.struck_by.remove(&outcome.strike);
                }
                if let Some(origin) = self.origins.remove(&outcome.strike) {
                    self.tallies.entry(origin).or_default().add(outcome);
                }
                let observed =
                    outcome.observed.as_ref().map_or("nothing to tell".to_owned(), output::entries);
                let ending = outcome.error.as_ref().map_or(observed, ToString::to_string);
                let (offset, victim) = (outcome.mark.offset, &outcome.victim.name);
                let (method, verdict) = (&outcome.method, outcome.verdict);
                Some(format!("{offset:>7.2}  {victim:<8} → {method}: {verdict}, {ending}"))
            }
            _ => None,
        }
    }

    pub(super) fn summary(&self) -> Summary {
        let victims = self.victims.iter().map(|victim| VictimSummary {
            name: victim.name,
            restarts: victim.restarts,
            before: victim.before.clone(),
            during: victim.during.clone(),
            after: victim.after.clone(),
        });
        let (active, victims_left) = self.left.unwrap_or((usize::MAX, 0));
        Summary {
            operations: self.tallies.clone(),
            victims: victims.collect(),
            effects_under_way: active,
            victims_back: victims_left,
            interrupted: self.interrupted,
        }
    }

    fn victim(&mut self, name: &str) -> Option<&mut Seen> {
        self.victims.iter_mut().find(|victim| victim.name == name)
    }
}
