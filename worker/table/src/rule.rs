//! A rule: which calls something is done to, what, and until when.

use crate::call::{Call, SHIFT};
use crate::deed::Deed;

/// What one is written as.
pub(crate) const WORDS: usize = 10;

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
    /// So many calls go by first, of which none is hit; draws are made of those that come after them.
    pub after: u64,
    /// At most so many hits.
    pub times: u64,
}

impl Rule {
    /// A rule about all of these calls, always.
    pub fn about(calls: impl IntoIterator<Item = Call>, deed: Deed, since: u64, deadline: u64) -> Rule {
        let calls = calls.into_iter().fold(0, |bits, call| bits | call.bit());
        Rule { calls, deed, since, deadline, threshold: u64::MAX, seed: 0, after: 0, times: u64::MAX }
    }

    /// A rule that puts the clock wrong, for whoever reads it.
    pub fn shift(by: i64, drift: f64, since: u64, deadline: u64) -> Rule {
        Rule { calls: SHIFT, ..Rule::about([], Deed::Shift { by, drift }, since, deadline) }
    }

    /// Whether it hits all that it is about.
    pub(crate) fn is_constant(&self) -> bool {
        self.threshold == u64::MAX && self.after == 0 && self.times == u64::MAX
    }

    /// Whether the call of this number, counted from 0, is not one of the first, and is one of those that the draw picks. It
    /// picks the same ones whichever go by first.
    pub fn is_drawn(&self, number: u64) -> bool {
        number >= self.after && (self.threshold == u64::MAX || draw(self.seed, number) <= self.threshold)
    }

    pub(crate) fn words(&self) -> [u64; WORDS] {
        let [deed, value, other] = self.deed.words();
        let Rule { calls, since, deadline, threshold, seed, after, times, .. } = *self;
        [calls, deed, value, other, since, deadline, threshold, seed, after, times]
    }

    pub(crate) fn of(
        [calls, deed, value, other, since, deadline, threshold, seed, after, times]: [u64; WORDS],
    ) -> Option<Rule> {
        let deed = Deed::of([deed, value, other])?;
        Some(Rule { calls, deed, since, deadline, threshold, seed, after, times })
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
        Rule { seed: 7, after: 3, ..Rule::about([Call::Read, Call::Nanosleep], deed, 1, u64::MAX - 1) }
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
        let tenth = Rule { threshold: u64::MAX / 10, after: 0, ..rule(Deed::Hold) };
        let drawn =
            |rule: Rule| (0..10_000).filter(move |number| rule.is_drawn(*number)).collect::<Vec<u64>>();
        let of_all = drawn(tenth);
        assert!((850..1150).contains(&of_all.len()), "{}", of_all.len());
        // Whichever go by first, of the others it is the same ones.
        let later: Vec<_> = of_all.into_iter().filter(|number| *number >= 500).collect();
        assert_eq!(drawn(Rule { after: 500, ..tenth }), later);
        assert_eq!(drawn(rule(Deed::Hold)), (3..10_000).collect::<Vec<_>>());
    }
}
