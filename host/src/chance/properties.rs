//! What holds of chance for every seed and every question.

use super::*;
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn lowest(chance: Chance, instance: &str, tick: u64, names: &[String]) -> f64 {
    names.iter().map(|name| chance.draw(instance, name, tick, "pick")).fold(f64::INFINITY, f64::min)
}

fn picked(chance: Chance, instance: &str, tick: u64, names: &[String]) -> Option<String> {
    chance.pick(instance, tick, names.iter().map(|name| (name.clone(), name.as_str())))
}

/// Names, no two the same, in any order.
fn names() -> impl Strategy<Value = Vec<String>> {
    btree_set("[a-z#0-9]{1,6}", 1..20).prop_map(|names| names.into_iter().collect()).prop_shuffle()
}

/// A question: instance, victim, tick, purpose.
fn question() -> impl Strategy<Value = (String, String, u64, String)> {
    ("[a-z]{0,4}", "[a-z]{0,4}", 0..50_u64, "[a-z]{0,4}")
}

proptest! {
    #[test]
    fn the_pick_is_the_lowest_draw(seed: u64, instance in ".{0,9}", tick: u64, names in names()) {
        let chance = Chance::from_seed(seed);
        let pick = picked(chance, &instance, tick, &names).unwrap();
        prop_assert_eq!(chance.draw(&instance, &pick, tick, "pick"), lowest(chance, &instance, tick, &names));
    }

    #[test]
    fn the_order_of_victims_does_not_matter(
        seed: u64, tick: u64, (one, other) in names().prop_flat_map(|names| (Just(names.clone()), Just(names).prop_shuffle()))
    ) {
        let chance = Chance::from_seed(seed);
        prop_assert_eq!(picked(chance, "yowl", tick, &one), picked(chance, "yowl", tick, &other));
    }

    #[test]
    fn one_more_victim_is_picked_itself_or_moves_nobody(seed: u64, tick: u64, names in names()) {
        let chance = Chance::from_seed(seed);
        let (newcomer, there) = names.split_last().unwrap();
        let (before, after) = (picked(chance, "yowl", tick, there), picked(chance, "yowl", tick, &names));
        prop_assert!(after == before || after.as_ref() == Some(newcomer), "{:?} became {:?}", before, after);
        // And so who leaves moves nobody but those whose turn it was.
        let left: Vec<_> = names.iter().filter(|name| Some(*name) != after.as_ref()).skip(1).cloned().collect();
        let stays: Vec<_> = left.into_iter().chain(after.clone()).collect();
        prop_assert_eq!(picked(chance, "yowl", tick, &stays), after);
    }

    /// A run of many instances, victims and ticks: whom each picks, what it draws for the picked one, and who comes first.
    #[test]
    fn one_more_victim_and_one_more_operation_shift_nothing_of_the_others(
        seed: u64,
        instances in names(),
        victims in names(),
        new_instance in "[a-z]{7}",
        new_victim in "[a-z]{7}",
    ) {
        let chance = Chance::from_seed(seed);
        let run = |instances: &[String], victims: &[String]| {
            let mut run = BTreeMap::new();
            for (instance, tick) in instances.iter().flat_map(|instance| (1..20).map(move |tick| (instance, tick))) {
                let pick = picked(chance, instance, tick, victims).unwrap();
                let draw = chance.bits(instance, &pick, tick, "duration");
                run.insert((instance.clone(), tick), (pick, draw, chance.rank(instance, tick)));
            }
            run
        };
        let before = run(&instances, &victims);
        let with_instance = run(&[instances.clone(), vec![new_instance.clone()]].concat(), &victims);
        prop_assert_eq!(&before, &with_instance.into_iter().filter(|((name, _), _)| *name != new_instance).collect());
        let with_victim = run(&instances, &[victims, vec![new_victim.clone()]].concat());
        for (decision, after) in with_victim {
            prop_assert!(after.0 == new_victim || after == before[&decision], "{:?} became {:?}", decision, after);
        }
    }

    #[test]
    fn a_draw_is_from_0_to_below_1(seed: u64, instance in ".{0,9}", victim in ".{0,9}", tick: u64, purpose in ".{0,9}") {
        let draw = Chance::from_seed(seed).draw(&instance, &victim, tick, &purpose);
        prop_assert!((0.0..1.0).contains(&draw), "{}", draw);
    }

    /// Of 64 bits, so that in all our lives no two questions have one answer by accident.
    #[test]
    fn a_draw_depends_on_the_question_and_on_nothing_else(
        questions in vec((0..3_u64, question()), 1..40)
    ) {
        let asked: BTreeSet<_> = questions.iter().collect();
        let answer = |(seed, (instance, victim, tick, purpose)): &(u64, (String, String, u64, String))| {
            Chance::from_seed(*seed).bits(instance, victim, *tick, purpose)
        };
        let answers: BTreeSet<_> = asked.iter().map(|question| answer(question)).collect();
        prop_assert_eq!(answers.len(), asked.len(), "two questions have one answer");
        // In another order, and for the second time.
        let again: BTreeSet<_> = questions.iter().rev().map(answer).collect();
        prop_assert_eq!(again, answers);
    }
}

/// How far counts are from even, in units of what chance alone would do: near 1, and for 100 bins below 1.5 in all but
/// one of a thousand seeds.
fn unevenness(bins: usize, draws: impl Iterator<Item = usize>) -> f64 {
    let mut counts = vec![0_u32; bins];
    draws.for_each(|bin| counts[bin] += 1);
    let expected = f64::from(counts.iter().sum::<u32>()) / bins as f64;
    let squares = counts.iter().map(|count| (f64::from(*count) - expected).powi(2) / expected);
    squares.sum::<f64>() / (bins - 1) as f64
}

/// A draw for each number.
type Series<'a> = Box<dyn Fn(u64) -> f64 + 'a>;

#[test]
fn draws_are_spread_evenly_whatever_part_of_the_question_moves() {
    let bin = |draw: f64| (draw * 100.0) as usize;
    let chance = Chance::from_seed(9);
    let series: [(&str, Series<'_>); 5] = [
        ("ticks", Box::new(|n| chance.draw("yowl", "web", n, "strike"))),
        ("victims", Box::new(|n| chance.draw("yowl", &format!("web#{n}"), 7, "strike"))),
        ("instances", Box::new(|n| chance.draw(&format!("yowl-{n}"), "web", 7, "strike"))),
        ("purposes", Box::new(|n| chance.draw("yowl", "web", 7, &n.to_string()))),
        ("seeds", Box::new(|n| Chance::from_seed(n).draw("yowl", "web", 7, "strike"))),
    ];
    for (what, draw) in series {
        let unevenness = unevenness(100, (0..20_000).map(|n| bin(draw(n))));
        assert!((0.5..1.5).contains(&unevenness), "{what}: {unevenness}");
    }
    // And from one tick to the next there is nothing to be learned.
    let tenth = |tick| (chance.draw("yowl", "web", tick, "strike") * 10.0) as usize;
    let pairs = unevenness(100, (0..20_000).map(|tick| tenth(tick) * 10 + tenth(tick + 1)));
    assert!((0.5..1.5).contains(&pairs), "{pairs}");
}

#[test]
fn every_victim_is_picked_as_often() {
    let names: Vec<String> = (0..50).map(|n| format!("web#{n}")).collect();
    let named = || names.iter().map(String::as_str).enumerate();
    let picks = (0..10_000).filter_map(|tick| Chance::from_seed(9).pick("yowl", tick, named()));
    let unevenness = unevenness(50, picks);
    assert!((0.4..1.7).contains(&unevenness), "{unevenness}");
}
