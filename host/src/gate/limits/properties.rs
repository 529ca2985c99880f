//! What holds of the book whatever happens: it is held against a model that counts everything anew each time, and knows
//! limits only as docs/limits.md tells of them.

use super::super::origin::Origin;
use super::super::refusal::Rule;
use super::book::{Asked, Book};
use crate::clock::Moment;
use crate::configuration::{Bounds, Healthy, Limits, Own, Portion, Selector, Whose, calendar};
use crate::effect::tests::effect;
use crate::effect::{Effect, Inverse};
use crate::identity::{Process, Processes};
use crate::roster::tests::candidate;
use crate::roster::{Candidate, Roster, Victim};
use jiff::tz::TimeZone;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// What happens at the gate.
#[derive(Debug, Clone)]
enum Step {
    Arrive {
        name: &'static str,
        tier: Option<&'static str>,
        chaos: bool,
    },
    Leave(Index),
    Strike {
        victim: Index,
        who: Who,
        irreversible: bool,
        seconds: u64,
        dry: bool,
    },
    End(Index),
    Silent(Index),
    Answers(Index),
    /// Late: nobody tells the book.
    AnswersLate(Index),
    /// Somebody asks for the limits.
    Look,
    Pass(u64),
    Limit(Limits),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Operator,
    /// Of yowl.
    Loud,
    /// Of yowl.
    Quiet,
    /// Of scratch.
    Cat,
}

const WHO: [Who; 4] = [Who::Operator, Who::Loud, Who::Quiet, Who::Cat];

impl Who {
    fn origin(self) -> Origin {
        let (name, operation) = match self {
            Self::Operator => return Origin::Operator { uid: 0, pid: 7 },
            Self::Loud => ("loud", "yowl"),
            Self::Quiet => ("quiet", "yowl"),
            Self::Cat => ("cat", "scratch"),
        };
        Origin::Instance { name: name.to_owned(), operation: operation.to_owned(), generation: None }
    }

    /// Whether limits of these are about it.
    fn is_of(self, whose: Option<&Whose>) -> bool {
        match whose {
            None => true,
            Some(Whose::Operation(_)) => matches!(self, Self::Loud | Self::Quiet),
            Some(Whose::Instance(_)) => self == Self::Cat,
        }
    }
}

fn portion() -> impl Strategy<Value = Portion> {
    let share = select(&["10%", "30%", "50%", "99%"][..]);
    prop_oneof![
        (1..4_usize).prop_map(Portion::Number),
        share.prop_map(|text| Portion::Share(text.parse().unwrap())),
    ]
}

fn bounds() -> impl Strategy<Value = Bounds> {
    let healthy = vec((select(&["tier", "zone"][..]), portion()), 0..3);
    let healthy = healthy.prop_map(|all| {
        let one = |(label, least): (&str, Portion)| Healthy { label: label.to_owned(), least };
        all.into_iter().map(one).collect()
    });
    let labels = |value: &str| BTreeMap::from([("chaos".to_owned(), value.to_owned())]);
    let opt_in = Selector { names: Vec::new(), labels: labels("yes") };
    let protected = Selector { names: vec!["base*".to_owned()], labels: BTreeMap::new() };
    (
        option::of(1..5_usize),
        option::of(portion()),
        healthy,
        option::of(1..6_usize),
        // Open until noon, which is twelve hours after the start.
        option::weighted(0.2, Just(calendar(&[], &["00:00-12:00"]))),
        option::weighted(0.3, Just(protected)),
        option::weighted(0.2, Just(opt_in)),
    )
        .prop_map(|(effects, victims, healthy, strikes_per_minute, calendar, protected, opt_in)| {
            Bounds {
                effects,
                victims,
                healthy,
                strikes_per_minute,
                calendar,
                protected: protected.into_iter().collect(),
                opt_in,
            }
        })
}

fn limits() -> impl Strategy<Value = Limits> {
    (bounds(), option::of(bounds()), option::of(bounds())).prop_map(|(everyone, operation, instance)| {
        let own = |whose, bounds: Option<Bounds>| bounds.map(|bounds| Own { whose, bounds });
        let operation = own(Whose::Operation("yowl".to_owned()), operation);
        let instance = own(Whose::Instance("cat".to_owned()), instance);
        Limits { everyone, operations: operation.into_iter().chain(instance).collect() }
    })
}

fn step() -> impl Strategy<Value = Step> {
    let name = select(&["web", "base"][..]);
    let tier = option::weighted(0.8, select(&["a", "b"][..]));
    let strike = (any::<Index>(), select(&WHO[..]), proptest::bool::weighted(0.2), 1..30_u64, any::<bool>());
    prop_oneof![
        4 => (name, tier, proptest::bool::weighted(0.8)).prop_map(|(name, tier, chaos)| Step::Arrive { name, tier, chaos }),
        1 => any::<Index>().prop_map(Step::Leave),
        12 => strike.prop_map(|(victim, who, irreversible, seconds, dry)| Step::Strike { victim, who, irreversible, seconds, dry }),
        6 => any::<Index>().prop_map(Step::End),
        3 => any::<Index>().prop_map(Step::Silent),
        1 => any::<Index>().prop_map(Step::Answers),
        2 => any::<Index>().prop_map(Step::AnswersLate),
        4 => Just(Step::Look),
        4 => prop_oneof![0..40_u64, Just(7 * 3600)].prop_map(Step::Pass),
        1 => limits().prop_map(Step::Limit),
    ]
}

/// A strike, for ever.
#[derive(Debug, Clone)]
struct Past {
    who: Who,
    victim: u64,
    began: u64,
    /// None while it is under way, and nobody knows until when.
    over: Option<u64>,
    irreversible: bool,
    /// It was admitted under limits that have seen it; since when a rate counts is a question of these.
    epoch: usize,
}

/// Everything that ever happened, in seconds since the start.
struct Model {
    limits: Limits,
    /// How often there were other limits, and since which time each rate is there.
    epoch: usize,
    rated: Vec<(Option<Whose>, usize)>,
    there: BTreeMap<u64, Arc<Victim>>,
    past: Vec<Past>,
    /// Until when.
    silent: BTreeMap<u64, u64>,
    now: u64,
}

impl Model {
    fn scopes(&self) -> Vec<(Option<Whose>, Bounds)> {
        let own = self.limits.operations.iter().map(|own| (Some(own.whose.clone()), own.bounds.clone()));
        std::iter::once((None, self.limits.everyone.clone())).chain(own).collect()
    }

    fn is_under_way(&self, past: &Past) -> bool {
        past.over.is_none_or(|over| over > self.now)
    }

    fn of<'a>(&'a self, whose: Option<&'a Whose>) -> impl Iterator<Item = &'a Past> {
        self.past.iter().filter(move |past| past.who.is_of(whose) && self.is_under_way(past))
    }

    fn is_healthy(&self, id: u64) -> bool {
        let spoils = |past: &Past| {
            let lingers = past.irreversible && past.over.is_none_or(|over| over + 10 > self.now);
            past.victim == id && (self.is_under_way(past) || lingers)
        };
        !self.past.iter().any(spoils) && self.silent.get(&id).is_none_or(|until| *until <= self.now)
    }

    fn effects(&self, whose: Option<&Whose>) -> usize {
        self.of(whose).count()
    }

    fn victims(&self, whose: Option<&Whose>) -> BTreeSet<u64> {
        self.of(whose).map(|past| past.victim).collect()
    }

    /// Size, and how many are healthy.
    fn group(&self, label: &str, value: &str) -> (usize, usize) {
        let members =
            self.there.values().filter(|one| one.labels().get(label).is_some_and(|own| own == value));
        let members: Vec<u64> = members.map(|victim| victim.id()).collect();
        (members.len(), members.iter().filter(|id| self.is_healthy(**id)).count())
    }

    /// In the window of 60 s that ends now.
    fn strikes(&self, whose: Option<&Whose>) -> usize {
        let since = self
            .rated
            .iter()
            .find(|(other, _)| other.as_ref() == whose)
            .map_or(usize::MAX, |(_, since)| *since);
        let counts =
            |past: &&Past| past.who.is_of(whose) && past.epoch >= since && past.began + 60 > self.now;
        self.past.iter().filter(counts).count()
    }

    /// Every limit that would not hold if the victim were struck, of this rule; `extra` is what the strike itself adds.
    fn breaks(&self, who: Who, victim: &Victim, rule: Rule) -> bool {
        self.scopes().iter().filter(|(whose, _)| who.is_of(whose.as_ref())).any(|(whose, bounds)| {
            let whose = whose.as_ref();
            match rule {
                Rule::EffectsAtOnce => bounds.effects.is_some_and(|most| self.effects(whose) + 1 > most),
                Rule::VictimsAtOnce => bounds.victims.is_some_and(|most| {
                    let mut struck = self.victims(whose);
                    struck.insert(victim.id());
                    struck.len() > most.most(self.there.len())
                }),
                Rule::HealthyVictims => bounds.healthy.iter().any(|Healthy { label, least }| {
                    victim.labels().get(label).is_some_and(|value| {
                        let (size, healthy) = self.group(label, value);
                        healthy - usize::from(self.is_healthy(victim.id())) < least.least(size)
                    })
                }),
                Rule::StrikesPerMinute => {
                    bounds.strikes_per_minute.is_some_and(|most| self.strikes(whose) + 1 > most)
                }
                Rule::Hours => bounds.calendar.is_some() && self.now / 3600 % 24 >= 12,
                Rule::Protected => !bounds.protected.is_empty() && victim.name().starts_with("base"),
                Rule::NotOptedIn => {
                    bounds.opt_in.is_some() && victim.labels().get("chaos").is_none_or(|chaos| chaos != "yes")
                }
                _ => false,
            }
        })
    }
}

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
        let model = Model {
            limits: Limits::default(),
            epoch: 0,
            rated: Vec::new(),
            there: BTreeMap::new(),
            past: Vec::new(),
            silent: BTreeMap::new(),
            now: 0,
        };
        let process = Processes::default().own();
        let mut both = Self { roster: Roster::default(), process, book: Book::default(), model };
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
                self.model.there.insert(victim.id(), victim);
            }
            Step::Leave(index) => {
                let Some(id) = somebody(index, &self.model) else { return Ok(()) };
                self.model.there.remove(&id);
                self.book.leave(id);
            }
            Step::Strike { victim, who, irreversible, seconds, dry } => {
                let Some(id) = somebody(victim, &self.model) else { return Ok(()) };
                self.strike(id, *who, *irreversible, *seconds, *dry)?;
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
    ) -> Result<(), TestCaseError> {
        let victim = Arc::clone(&self.model.there[&id]);
        let inverse = if irreversible { Inverse::Irreversible } else { Inverse::End };
        let effect = Effect {
            inverse,
            lease: Duration::from_secs(60),
            ..effect("delay", [("duration", seconds as i64)])
        };
        let broken: Vec<Rule> =
            RULES.into_iter().filter(|rule| self.model.breaks(who, &victim, *rule)).collect();
        let (strike, origin) = (self.model.past.len() as u64, Arc::new(who.origin()));
        let asked = Asked { strike, origin: &origin, victim: &victim, effect: &effect, is_dry_run: dry };
        match self.book.admit(asked, self.moment()) {
            Ok(()) => {
                prop_assert!(broken.is_empty(), "{:?} are exceeded", broken);
                let Model { now, epoch, .. } = self.model;
                let over = dry.then_some(now + seconds);
                self.model.past.push(Past { who, victim: id, began: now, over, irreversible, epoch });
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
