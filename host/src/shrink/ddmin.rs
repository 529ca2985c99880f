//! Delta debugging (Zeller and Hildebrandt's `ddmin`): what of a whole it takes for a failure.

use std::collections::BTreeMap;

/// What a whole comes down to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Smallest {
    /// The whole does not fail.
    Passes,
    /// It fails without any of it.
    FailsWithout,
    /// These fail together, and without any one of them they do not.
    These(Vec<usize>),
}

/// Finds a part of the first `count` numbers that `fails`, of which none can be left out. No part is tried twice, and each is in
/// ascending order.
///
/// # Errors
/// What `fails` answers as an error ends it.
pub async fn ddmin<E>(
    count: usize,
    fails: impl AsyncFnMut(&[usize]) -> Result<bool, E>,
) -> Result<Smallest, E> {
    let mut tried = Tried { known: BTreeMap::new(), fails };
    let mut part: Vec<usize> = (0..count).collect();
    if !tried.fails(&part).await? {
        return Ok(Smallest::Passes);
    }
    if tried.fails(&[]).await? {
        return Ok(Smallest::FailsWithout);
    }
    let mut pieces = 2;
    while part.len() >= 2 {
        match tried.narrower(&part, pieces).await? {
            // A piece fails by itself: it is halved next.
            Some((narrower, true)) => (part, pieces) = (narrower, 2),
            // What is left without a piece fails: the others are left out next, one by one.
            Some((narrower, false)) => (part, pieces) = (narrower, (pieces - 1).max(2)),
            None if pieces >= part.len() => break,
            None => pieces = (pieces * 2).min(part.len()),
        }
    }
    Ok(Smallest::These(part))
}

struct Tried<F> {
    known: BTreeMap<Vec<usize>, bool>,
    fails: F,
}

impl<E, F: AsyncFnMut(&[usize]) -> Result<bool, E>> Tried<F> {
    /// A piece of it that fails, or else what is left without a piece; and which of the two it is.
    async fn narrower(&mut self, part: &[usize], pieces: usize) -> Result<Option<(Vec<usize>, bool)>, E> {
        let bounds: Vec<usize> = (0..=pieces).map(|piece| piece * part.len() / pieces).collect();
        for ends in bounds.windows(2) {
            let piece = &part[ends[0]..ends[1]];
            if self.fails(piece).await? {
                return Ok(Some((piece.to_vec(), true)));
            }
        }
        for ends in bounds.windows(2) {
            let left = [&part[..ends[0]], &part[ends[1]..]].concat();
            if self.fails(&left).await? {
                return Ok(Some((left, false)));
            }
        }
        Ok(None)
    }

    async fn fails(&mut self, part: &[usize]) -> Result<bool, E> {
        if let Some(known) = self.known.get(part) {
            return Ok(*known);
        }
        let fails = (self.fails)(part).await?;
        self.known.insert(part.to_vec(), fails);
        Ok(fails)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;
    use proptest::collection::btree_set;
    use proptest::prelude::*;
    use std::collections::BTreeSet;
    use std::convert::Infallible;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    /// What it comes down to, and what was tried on the way.
    fn shrunk(count: usize, fails: impl Fn(&[usize]) -> bool) -> (Smallest, Vec<Vec<usize>>) {
        let mut tried = Vec::new();
        let shrinking = ddmin(count, async |part: &[usize]| {
            tried.push(part.to_vec());
            Ok::<_, Infallible>(fails(part))
        });
        let Poll::Ready(Ok(smallest)) = pin!(shrinking).poll(&mut Context::from_waker(Waker::noop())) else {
            unreachable!("nothing in it waits")
        };
        (smallest, tried)
    }

    fn without(part: &[usize], one: usize) -> Vec<usize> {
        part.iter().copied().filter(|other| *other != one).collect()
    }

    proptest! {
        #[test]
        fn those_that_it_takes_are_found_and_no_others(
            (count, needed) in (1..60_usize).prop_flat_map(|count| (Just(count), btree_set(0..count, 1..=count.min(6))))
        ) {
            let fails = |part: &[usize]| needed.iter().all(|one| part.contains(one));
            prop_assert_eq!(shrunk(count, fails).0, Smallest::These(needed.iter().copied().collect()));
        }

        /// One that goes by nothing but chance: more may well pass where less fails.
        #[test]
        fn of_what_is_found_nothing_can_be_left_out_whatever_fails(count in 1..25_usize, seed: u64, share in 0.0..1.0) {
            let fails = |part: &[usize]| match part.len() {
                0 => false,
                all if all == count => true,
                _ => Chance::from_seed(seed).draw("", &format!("{part:?}"), 0, "fails") < share,
            };
            let (smallest, tried) = shrunk(count, fails);
            let Smallest::These(part) = smallest else { panic!("{smallest:?}") };
            prop_assert!(fails(&part) && part.is_sorted());
            prop_assert!(part.iter().all(|one| part.len() == 1 || !fails(&without(&part, *one))), "{:?}", part);
            let once: BTreeSet<_> = tried.iter().collect();
            prop_assert_eq!(once.len(), tried.len(), "something was tried twice");
        }

        #[test]
        fn what_passes_as_a_whole_or_fails_without_is_said(count in 0..20_usize) {
            prop_assert_eq!(shrunk(count, |_| false).0, Smallest::Passes);
            prop_assert_eq!(shrunk(count, |_| true).0, Smallest::FailsWithout);
        }
    }

    #[test]
    fn two_of_many_take_few_tries() {
        let (smallest, tried) = shrunk(1000, |part| part.contains(&137) && part.contains(&861));
        assert_eq!(smallest, Smallest::These(vec![137, 861]));
        assert!(tried.len() < 150, "{}", tried.len());
    }

    #[test]
    fn an_error_ends_it() {
        let failing = ddmin(5, async |_: &[usize]| Err::<bool, _>("broken"));
        assert_eq!(pin!(failing).poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(Err("broken")));
    }
}
