//! The chance of a test.

use std::hash::Hasher;

type Draw = Box<dyn Fn(&str) -> Option<f64> + Send>;

/// What the test fixed, else the seed's draw, else 0.
#[derive(Default)]
pub(super) struct Chance {
    seed: Option<u64>,
    fixed: Option<Draw>,
}

/// As which instance it draws.
const INSTANCE: &str = "kit";

impl Chance {
    pub(super) fn seed(&mut self, seed: u64) {
        self.seed = Some(seed);
    }

    pub(super) fn fix(&mut self, draw: Draw) {
        self.fixed = Some(draw);
    }

    pub(super) fn draw(&self, victim: &str, tick: u64, purpose: &str) -> f64 {
        let fixed = self.fixed.as_ref().and_then(|draw| draw(purpose));
        let drawn = || self.seed.map(|seed| bits(seed, INSTANCE, victim, tick, purpose));
        fixed.or_else(|| drawn().map(|bits| (bits >> 11) as f64 / (1_u64 << 53) as f64)).unwrap_or(0.0)
    }

    /// With a seed the one with the lowest draw, else each in turn.
    pub(super) fn pick<'a>(
        &self,
        tick: u64,
        victims: impl ExactSizeIterator<Item = (u64, &'a str)>,
    ) -> Option<u64> {
        match self.seed {
            Some(seed) => {
                let drawn = victims.map(|(id, name)| (bits(seed, INSTANCE, name, tick, "pick"), name, id));
                drawn.min().map(|(_, _, id)| id)
            }
            None => {
                let turn = tick.saturating_sub(1).checked_rem(victims.len() as u64)?;
                victims.map(|(id, _)| id).nth(turn as usize)
            }
        }
    }
}

/// The host's function, from its chance.rs.
#[expect(deprecated, reason = "the standard library's own SipHash-2-4; its successor promises no algorithm")]
fn bits(seed: u64, instance: &str, victim: &str, tick: u64, purpose: &str) -> u64 {
    let mut hasher = std::hash::SipHasher::new_with_keys(seed, 0x4348_414f_534b_4954);
    for text in [instance, victim, purpose] {
        hasher.write(&(text.len() as u64).to_le_bytes());
        hasher.write(text.as_bytes());
    }
    hasher.write(&tick.to_le_bytes());
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_is_the_hosts() {
        // The value that the host's own test holds.
        assert_eq!(bits(42, "hairball", "web", 7, "happens"), 13113335633078153819);
    }

    #[test]
    fn a_seed_picks_by_name_and_without_one_each_has_its_turn() {
        let mut chance = Chance::default();
        let picks = |chance: &Chance, victims: [(u64, &'static str); 3]| {
            (1..=6).map(|tick| chance.pick(tick, victims.into_iter())).collect::<Vec<_>>()
        };
        let names = [(4, "a"), (5, "b"), (6, "c")];
        assert_eq!(picks(&chance, names), [4, 5, 6, 4, 5, 6].map(Some));
        chance.seed(7);
        let other_order = [(6, "c"), (4, "a"), (5, "b")];
        assert_eq!(picks(&chance, names), picks(&chance, other_order));
        assert_eq!(chance.pick(1, [].into_iter()), None);
    }

    #[test]
    fn what_the_test_fixes_comes_before_the_seed() {
        let mut chance = Chance::default();
        assert_eq!(chance.draw("cat", 1, "strike"), 0.0);
        chance.seed(7);
        let drawn = chance.draw("cat", 1, "duration");
        assert!(drawn != 0.0 && drawn != chance.draw("cat", 2, "duration"));
        chance.fix(Box::new(|purpose| (purpose == "strike").then_some(0.5)));
        assert_eq!((chance.draw("cat", 1, "strike"), chance.draw("cat", 1, "duration")), (0.5, drawn));
    }
}
