//! What happens at the gate, and to whom.

use super::super::super::origin::Origin;
use crate::configuration::{Bounds, Healthy, Limits, Own, Portion, Selector, Whose, calendar};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use std::collections::BTreeMap;

/// What happens at the gate.
#[derive(Debug, Clone)]
pub(super) enum Step {
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
        /// How much later it may be made.
        slip: u64,
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
pub(super) enum Who {
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
    pub(super) fn origin(self) -> Origin {
        let (name, operation) = match self {
            Self::Operator => return Origin::Operator { uid: 0, pid: 7 },
            Self::Loud => ("loud", "yowl"),
            Self::Quiet => ("quiet", "yowl"),
            Self::Cat => ("cat", "scratch"),
        };
        Origin::Instance { name: name.to_owned(), operation: operation.to_owned(), generation: None }
    }

    /// Whether limits of these are about it.
    pub(super) fn is_of(self, whose: Option<&Whose>) -> bool {
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
    let protected = Selector { names: vec!["base".to_owned()], labels: BTreeMap::new() };
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

pub(super) fn limits() -> impl Strategy<Value = Limits> {
    (bounds(), option::of(bounds()), option::of(bounds())).prop_map(|(everyone, operation, instance)| {
        let own = |whose, bounds: Option<Bounds>| bounds.map(|bounds| Own { whose, bounds });
        let operation = own(Whose::Operation("yowl".to_owned()), operation);
        let instance = own(Whose::Instance("cat".to_owned()), instance);
        Limits { everyone, operations: operation.into_iter().chain(instance).collect() }
    })
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let name = select(&["web", "base"][..]);
    let tier = option::weighted(0.8, select(&["a", "b"][..]));
    let strike =
        (any::<Index>(), select(&WHO[..]), proptest::bool::weighted(0.2), 1..30_u64, any::<bool>(), 0..3_u64);
    prop_oneof![
        4 => (name, tier, proptest::bool::weighted(0.8)).prop_map(|(name, tier, chaos)| Step::Arrive { name, tier, chaos }),
        1 => any::<Index>().prop_map(Step::Leave),
        12 => strike.prop_map(|(victim, who, irreversible, seconds, dry, slip)| Step::Strike { victim, who, irreversible, seconds, dry, slip }),
        6 => any::<Index>().prop_map(Step::End),
        3 => any::<Index>().prop_map(Step::Silent),
        1 => any::<Index>().prop_map(Step::Answers),
        2 => any::<Index>().prop_map(Step::AnswersLate),
        4 => Just(Step::Look),
        4 => prop_oneof![0..40_u64, Just(7 * 3600)].prop_map(Step::Pass),
        1 => limits().prop_map(Step::Limit),
    ]
}
