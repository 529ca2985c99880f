//! Chance, as a keyed function: what is drawn depends on the seed, the round and the purpose alone.

use std::hash::{BuildHasher, DefaultHasher, Hash, Hasher, RandomState};
use std::time::Duration;

const VARIABLE: &str = "CHAOS_KITTY_TEST_SEED";

/// Chance for a test.
#[derive(Debug)]
pub struct Draw {
    seed: u64,
}

impl Draw {
    /// By the seed of the environment, or another each time, which is printed.
    pub fn seeded() -> Draw {
        let given = std::env::var(VARIABLE).ok().map(|seed| seed.parse().expect("a seed is a number"));
        let seed = given.unwrap_or_else(|| RandomState::new().hash_one(()));
        eprintln!("{VARIABLE}={seed}");
        Draw { seed }
    }

    /// A time below this one.
    pub fn time(&self, below: Duration, key: impl Hash) -> Duration {
        let mut hasher = DefaultHasher::new();
        (self.seed, key).hash(&mut hasher);
        below.mul_f64((hasher.finish() >> 11) as f64 / (1u64 << 53) as f64)
    }
}
