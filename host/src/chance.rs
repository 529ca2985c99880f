//! Chance as a keyed function: the same seed and the same question give the same answer, in any order of asking.

use siphasher::sip::SipHasher24;
use std::hash::Hasher;

/// The run's chance.
///
/// A draw depends on seed, instance, victim's name, tick and purpose, and on nothing else: one more victim or instance
/// moves nobody else's fate. SipHash-2-4 is specified byte for byte, so a run can be replayed by another build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chance {
    seed: u64,
}

impl Chance {
    /// Chance from a seed that the operator gave.
    pub fn from_seed(seed: u64) -> Self {
        Self { seed }
    }

    /// Chance from a seed of the system's.
    #[expect(clippy::disallowed_methods, reason = "a run without a seed gets one here, and logs it")]
    pub fn fresh() -> Self {
        // 53 bits, so that JSON readers that know only doubles carry the seed unharmed.
        Self { seed: rand::random::<u64>() >> 11 }
    }

    /// The seed that repeats this run.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// A draw in `[0, 1)`.
    pub fn draw(&self, instance: &str, victim: &str, tick: u64, purpose: &str) -> f64 {
        // The 53 bits that a double holds exactly.
        (self.bits(instance, victim, tick, purpose) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Of the victims, each with its name, the one with the lowest draw for `pick`.
    pub fn pick<'a, T>(
        &self,
        instance: &str,
        tick: u64,
        victims: impl IntoIterator<Item = (T, &'a str)>,
    ) -> Option<T> {
        let drawn = victims.into_iter().map(|(victim, name)| {
            let draw = self.bits(instance, name, tick, "pick");
            (draw, name, victim)
        });
        drawn.min_by(|one, other| (one.0, one.1).cmp(&(other.0, other.1))).map(|(_, _, victim)| victim)
    }

    /// The draw for an instance's place among those that share a boundary with it: the lowest comes first.
    pub(crate) fn rank(&self, instance: &str, tick: u64) -> u64 {
        self.bits(instance, "", tick, "order")
    }

    fn bits(&self, instance: &str, victim: &str, tick: u64, purpose: &str) -> u64 {
        let mut hasher = SipHasher24::new_with_keys(self.seed, 0x4348_414f_534b_4954);
        for text in [instance, victim, purpose] {
            // The length first, so that ("ab", "c") and ("a", "bc") are two questions.
            hasher.write(&(text.len() as u64).to_le_bytes());
            hasher.write(text.as_bytes());
        }
        hasher.write(&tick.to_le_bytes());
        hasher.finish()
    }
}

#[cfg(test)]
mod properties;

#[cfg(test)]
mod tests {
    use super::*;

    const CHANCE: Chance = Chance { seed: 42 };

    #[test]
    fn a_draw_is_the_same_in_every_build() {
        assert_eq!(CHANCE.bits("hairball", "web", 7, "happens"), FIXED);
        // From another implementation of SipHash-2-4: a change here would break every recorded run.
        const FIXED: u64 = 13113335633078153819;
    }

    #[test]
    fn each_part_of_the_question_counts() {
        let draws = [
            CHANCE.bits("hairball", "web", 7, "duration"),
            Chance { seed: 43 }.bits("hairball", "web", 7, "duration"),
            CHANCE.bits("floop", "web", 7, "duration"),
            CHANCE.bits("hairball", "web#2", 7, "duration"),
            CHANCE.bits("hairball", "web", 8, "duration"),
            CHANCE.bits("hairball", "web", 7, "pick"),
            CHANCE.bits("hairballweb", "", 7, "duration"),
        ];
        for (index, draw) in draws.iter().enumerate() {
            assert!(!draws[index + 1..].contains(draw), "question {index} has another's answer");
        }
    }

    #[test]
    fn one_more_victim_moves_nobody_elses_fate() {
        for tick in 0..200 {
            let three = CHANCE.pick("hairball", tick, [(1, "a"), (2, "b"), (3, "c")]);
            let four = CHANCE.pick("hairball", tick, [(4, "d"), (3, "c"), (2, "b"), (1, "a")]);
            assert!(four == three || four == Some(4), "tick {tick}: {three:?} became {four:?}");
        }
    }

    #[test]
    fn draws_spread_evenly() {
        let mut tenths = [0; 10];
        for tick in 0..10_000 {
            tenths[(CHANCE.draw("yowl", "web", tick, "happens") * 10.0) as usize] += 1;
        }
        // Of 10,000 draws a tenth holds 1,000 with a deviation of 30: six of them on either side.
        assert!(tenths.iter().all(|count| (820..1180).contains(count)), "{tenths:?}");
    }

    #[test]
    fn no_victims_no_pick() {
        assert_eq!(CHANCE.pick::<u64>("hairball", 1, []), None);
    }
}
