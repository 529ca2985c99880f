//! A rule: which calls something is done to, what, and until when.

use crate::call::Call;
use crate::deed::Deed;
use crate::text::Text;

const PATH: usize = 32;
const ADDRESS: usize = 16;
/// What one is written as.
pub(crate) const WORDS: usize = 10 + PATH + ADDRESS;

/// A rule as a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    /// The bits of the calls that it is about.
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
    /// The port of either end; 0 for any.
    pub port: u16,
    /// The path that is opened, or that the descriptor has; empty for any.
    pub path: Text<PATH>,
    /// The address of either end, or the name that is looked up; empty for any.
    pub address: Text<ADDRESS>,
}

impl Rule {
    /// A rule about all of these calls, always, and wherever they go.
    pub fn about(calls: impl IntoIterator<Item = Call>, deed: Deed, since: u64, deadline: u64) -> Rule {
        Rule {
            calls: calls.into_iter().fold(0, |bits, call| bits | call.bit()),
            deed,
            since,
            deadline,
            threshold: u64::MAX,
            seed: 0,
            times: u64::MAX,
            port: 0,
            path: Text::default(),
            address: Text::default(),
        }
    }

    /// Whether it asks what a call is made on.
    pub fn is_narrowed(&self) -> bool {
        self.port != 0 || !self.path.is_empty() || !self.address.is_empty()
    }

    /// Whether the call of this number, counted from 0, is one of those that the draw picks.
    pub fn is_drawn(&self, number: u64) -> bool {
        self.threshold == u64::MAX || draw(self.seed, number) <= self.threshold
    }

    pub(crate) fn words(&self) -> [u64; WORDS] {
        let [deed, value, other] = self.deed.words();
        let port = u64::from(self.port);
        let Rule { calls, since, deadline, threshold, seed, times, path, address, .. } = self;
        let head = [*calls, deed, value, other, *since, *deadline, *threshold, *seed, *times, port];
        let all = head.iter().chain(path.words()).chain(address.words());
        let mut words = [0; WORDS];
        words.iter_mut().zip(all).for_each(|(to, from)| *to = *from);
        words
    }

    pub(crate) fn of(words: &[u64; WORDS]) -> Option<Rule> {
        let (head, texts) = words.split_first_chunk()?;
        let [calls, deed, value, other, since, deadline, threshold, seed, times, port]: [u64; 10] = *head;
        let (path, texts) = texts.split_first_chunk()?;
        let (address, _) = texts.split_first_chunk()?;
        Some(Rule {
            calls,
            deed: Deed::of([deed, value, other])?,
            since,
            deadline,
            threshold,
            seed,
            times,
            port: u16::try_from(port).ok()?,
            path: Text::of(*path),
            address: Text::of(*address),
        })
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
        Rule {
            path: Text::new("/var/lib/*").unwrap(),
            address: Text::new("10.0.0.*").unwrap(),
            port: 6379,
            seed: 7,
            ..Rule::about([Call::Read, Call::Nanosleep], deed, 1, u64::MAX - 1)
        }
    }

    #[test]
    fn a_rule_comes_back_from_its_words() {
        let shift = Deed::Shift { by: -3_600_000_000_000, drift: -0.5 };
        for deed in [Deed::Hold, Deed::Fail(28), Deed::Delay(5), Deed::Shorten(40_000), shift] {
            assert_eq!(Rule::of(&rule(deed).words()), Some(rule(deed)));
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
