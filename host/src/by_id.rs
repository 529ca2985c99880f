//! A map by numbers that the host gives itself.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// By a victim's id or a strike's number. Nobody outside chooses these, so they need no hash that withstands whoever does; one
/// decision looks up a dozen of them.
pub(crate) type ById<T> = HashMap<u64, T, BuildHasherDefault<Spread>>;

/// Spreads numbers that follow one another.
#[derive(Debug, Default)]
pub(crate) struct Spread(u64);

impl Hasher for Spread {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64((*byte).into()));
    }

    fn write_u64(&mut self, number: u64) {
        // The golden ratio's: an odd number whose bits are mixed well.
        self.0 = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn finish(&self) -> u64 {
        // The map takes its place from the low bits, which are the ones mixed least.
        self.0.rotate_left(32)
    }
}
