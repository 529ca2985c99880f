//! What holds of the book whatever happens: it is held against a model that counts everything anew each time, and knows
//! limits only as docs/limits.md tells of them.

mod model;
mod step;

use super::super::refusal::Rule;
use super::book::{Asked, Book};
use crate::clock::Moment;
use crate::configuration::{Limits, Whose};
use crate::effect::tests::effect;
use crate::effect::{Effect, Inverse};
use crate::identity::{Process, Processes};
use crate::roster::tests::candidate;
use crate::roster::{Candidate, Roster};
use jiff::tz::TimeZone;
use model::{Model, Past};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use std::sync::Arc;
use std::time::Duration;
use step::{Step, Who, limits, step};

const RULES: [Rule; 7] = [
    Rule::Protected,
    Rule::NotOptedIn,
    Rule::Hours,
    Rule::EffectsAtOnce,
    Rule::VictimsAtOnce,
    Rule::HealthyVictims,
    Rule::StrikesPerMinute,
];

/// The book, and what it should say.
struct Both {
    roster: Roster,
    process: Arc<Process>,
    book: Book,
    model: Model,
}

impl Both {
    fn new(limits: Limits) -> Self {
        let process = Processes::default().own();
        let mut both =
            Self { roster: Roster::default(), process, book: Book::default(), model: Model::default() };
        both.limit(limits);
        both
    }

    fn moment(&self) -> Moment {
        let now = Duration::from_secs(self.model.now);
        Moment { offset: now, wall: now }
    }

    fn limit(&mut self, limits: Limits) {
        self.book.limit(&limits, &TimeZone::UTC, self.moment().offset);
        self.model.limits = limits;
        self.model.epoch += 1;
        let epoch = self.model.epoch;
        let before = std::mem::take(&mut self.model.rated);
        let rated = self.model.scopes().into_iter().filter(|(_, bounds)| bounds.strikes_per_minute.is_some());
        let since = |whose: Option<Whose>| {
            let known = before.iter().find(|(other, _)| *other == whose);
            (whose, known.map_or(epoch, |(_, since)| *since))
        };
        self.model.rated = rated.map(|(whose, _)| since(whose)).collect();
    }

    fn take(&mut self, step: &Step) -> Result<(), TestCaseError> {
        let somebody = |index: &Index, model: &Model| {
            let all: Vec<u64> = model.there.keys().copied().collect();
            all.get(index.index(all.len().max(1))).copied()
        };
        match step {
            Step::Arrive { name, tier, chaos } => {
                let labels = [("tier", *tier), ("zone", Some("z")), ("chaos", chaos.then_some("yes"))];
                let labels =
                    labels.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?.to_owned())));
                let process = Arc::clone(&self.process);
                let labels = labels.collect();
                let victim = self.roster.add(Candidate { process, labels, ..candidate(name) });
                self.book.arrive(&victim);
                self.model.ever.insert(victim.id(), Arc::clone(&victim));
                self.model.there.insert(victim.id(), victim);
            }
            Step::Leave(index) => {
                let Some(id) = somebody(index, &self.model) else { return Ok(()) };
                self.model.there.remove(&id);
                self.roster.remove(id);
                self.book.leave(id);
            }
            Step::Strike { victim, who, irreversible, seconds, dry, slip } => {
                let Some(id) = somebody(victim, &self.model) else { return Ok(()) };
                self.strike(id, *who, *irreversible, *seconds, *dry, *slip)?;
            }
            Step::End(index) => {
                let open: Vec<usize> = self
                    .model
                    .past
                    .iter()
                    .enumerate()
                    .filter(|(_, past)| past.over.is_none())
                    .map(|(at, _)| at)
                    .collect();
                let Some(at) = open.get(index.index(open.len().max(1))) else { return Ok(()) };
                self.model.past[*at].over = Some(self.model.now);
                self.book.end(*at as u64, self.moment().offset);
            }
            Step::Silent(index) | Step::Answers(index) | Step::AnswersLate(index) => {
                let Some(id) = somebody(index, &self.model) else { return Ok(()) };
                let answers = !matches!(step, Step::Silent(_));
                self.model.there[&id].answered(answers, self.moment().offset);
                if !matches!(step, Step::AnswersLate(_)) {
                    self.book.look_at(id, self.moment().offset);
                }
                self.model.silent.insert(id, if answers { 0 } else { self.model.now + 30 });
            }
            Step::Look => self.check()?,
            Step::Pass(seconds) => self.model.now += seconds,
            Step::Limit(limits) => self.limit(limits.clone()),
        }
        Ok(())
    }

    fn strike(
        &mut self,
        id: u64,
        who: Who,
        irreversible: bool,
        seconds: u64,
        dry: bool,
        slip: u64,
    ) -> Result<(), TestCaseError> {
        let victim = Arc::clone(&self.model.there[&id]);
        let inverse = if irreversible { Inverse::Irreversible } else { Inverse::End };
        let effect = Effect {
            inverse,
            lease: Duration::from_secs(60),
            ..effect("delay", [("duration", seconds as i64)])
        };
        let broken: Vec<Rule> =
            RULES.into_iter().filter(|rule| self.model.breaks(who, &victim, *rule, slip)).collect();
        let (strike, origin) = (self.model.past.len() as u64, Arc::new(who.origin()));
        let asked = Asked {
            strike,
            origin: &origin,
            victim: &victim,
            effect: &effect,
            is_dry_run: dry,
            slip: Duration::from_secs(slip),
        };
        match self.book.admit(asked, self.moment()) {
            Ok(()) => {
                prop_assert!(broken.is_empty(), "{:?} are exceeded", broken);
                let Model { now, epoch, .. } = self.model;
                let over = dry.then_some(now + seconds);
                self.model.past.push(Past { who, victim: id, made: now + slip, over, irreversible, epoch });
            }
            Err(refusal) => {
                prop_assert!(broken.contains(&refusal.rule), "{} and {:?} would be", refusal, broken);
                prop_assert!(refusal.reason.contains("[limits"), "{}", refusal);
            }
        }
        Ok(())
    }

    /// What the book lists of numbers is what the model counts.
    fn check(&mut self) -> Result<(), TestCaseError> {
        let moment = self.moment();
        for limit in self.book.listed(moment) {
            let scopes = self.model.scopes();
            let whose = scopes.iter().find_map(|(whose, _)| {
                let title = whose
                    .as_ref()
                    .map_or("[limits]".to_owned(), |whose| format!("[limits.operations.{}]", whose.name()));
                (title == limit.table).then_some(whose.as_ref())
            });
            let whose = whose.unwrap();
            let counted = match limit.rule {
                Rule::EffectsAtOnce => self.model.effects(whose),
                Rule::VictimsAtOnce => self.model.victims(whose).len(),
                Rule::StrikesPerMinute => self.model.strikes(whose),
                Rule::HealthyVictims => {
                    let (label, value) =
                        limit.limit.rsplit_once(" with ").unwrap().1.split_once('=').unwrap();
                    self.model.group(label, value).1
                }
                _ => continue,
            };
            prop_assert_eq!(limit.now, Some(counted), "{:?}", limit);
        }
        Ok(())
    }

    /// Everything that was counted is given back once it is over.
    fn ends(&mut self) -> Result<(), TestCaseError> {
        for strike in 0..self.model.past.len() as u64 {
            self.book.end(strike, self.moment().offset);
        }
        self.model.now += 3600;
        prop_assert!(self.book.is_idle(self.moment().offset), "{:?}", self.book);
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_limit_is_exceeded_no_refusal_is_unjustified_and_everything_is_given_back(
        limits in limits(), steps in vec(step(), 1..200)
    ) {
        let mut both = Both::new(limits);
        for step in &steps {
            both.take(step)?;
        }
        both.check()?;
        both.ends()?;
    }
}
