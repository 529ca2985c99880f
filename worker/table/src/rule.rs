//! A rule: which calls something is done to, what, and until when.

use crate::call::{Call, SHIFT};
use crate::deed::Deed;

/// What one is written as.
pub(crate) const WORDS: usize = 9;

/// A rule as a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    /// The bits of the calls that it is about, or [`SHIFT`].
    pub calls: u64,
    /// What it does to them.
    pub deed: Deed,
    /// When it began, on the monotonic clock, in nanoseconds.
    pub since: u64,
    /// When it ends by itself.
    pub deadline: u64,
    /// Of each call a draw from 0 to `u64::MAX` is made, and it is hit where that is at most this: `u64::MAX` is always.
    pub threshold: u64,
    /// The key of those draws.
    pub seed: u64,
    /// At most so many hits.
    pub times: u64,
}

impl Rule {
    /// A rule about all of these calls, always.
    pub fn about(calls: impl IntoIterator<Item = Call>, deed: Deed, since: u64, deadline: u64) -> Rule {
        let calls = calls.into_iter().fold(0, |bits, call| bits | call.bit());
        Rule { calls, deed, since, deadline, threshold: u64::MAX, seed: 0, times: u64::MAX }
    }

    /// A rule that puts the clock wrong, for whoever reads it.
    pub fn shift(by: i64, drift: f64, since: u64, deadline: u64) -> Rule {
        Rule { calls: SHIFT, ..Rule::about([], Deed::Shift { by, drift }, since, deadline) }
    }

    /// Whether it hits all that it is about.
    pub(crate) fn is_constant(&self) -> bool {
        self.threshold == u64::MAX && self.times == u64::MAX
    }

    /// Whether the call of this number, counted from 0, is one of those that the draw picks.
    pub fn is_drawn(&self, number: u64) -> bool {
        self.threshold == u64::MAX || draw(self.seed, number) <= self.threshold
    }

    pub(crate) fn words(&self) -> [u64; WORDS] {
        let [deed, value, other] = self.deed.words();
        let Rule { calls, since, deadline, threshold, seed, times, .. } = *self;
        [calls, deed, value, other, since, deadline, threshold, seed, times]
    }

    pub(crate) fn of(
        [calls, deed, value, other, since, deadline, threshold, seed, times]: [u64; WORDS],
    ) -> Option<Rule> {
        Some(Rule { calls, deed: Deed::of([deed, value, other])?, since, deadline, threshold, seed, times })
    }
}

/// SplitMix64 at this place of its sequence: the same seed hits the same calls, whoever makes them.
fn draw(seed: u64, number: u64) -> u64 {
    let mut mixed = seed.wrapping_add(number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(deed: Deed) -> Rule {
        Rule { seed: 7, ..Rule::about([Call::Read, Call::Nanosleep], deed, 1, u64::MAX - 1) }
    }

    #[test]
    fn a_rule_comes_back_from_its_words() {
        let shift = Deed::Shift { by: -3_600_000_000_000, drift: -0.5 };
        for deed in [Deed::Hold, Deed::Fail(28), Deed::Delay(5), Deed::Shorten(40_000), shift] {
            assert_eq!(Rule::of(rule(deed).words()), Some(rule(deed)));
        }
    }

    #[test]
    fn draws_are_those_of_splitmix64_and_come_as_often_as_asked() {
        // The reference implementation's first two outputs for the seed 0.
        assert_eq!([draw(0, 0), draw(0, 1)], [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4]);
        let tenth = Rule { threshold: u64::MAX / 10, ..rule(Deed::Hold) };
        let drawn = (0..10_000).filter(|number| tenth.is_drawn(*number)).count();
        assert!((850..1150).contains(&drawn), "{drawn}");
        assert!((0..100).all(|number| rule(Deed::Hold).is_drawn(number)));
    }
}
