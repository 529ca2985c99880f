//! Complaints that come again and again.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Counts what one instance complains of, so that an error at every strike is a line now and then, and no flood.
#[derive(Default)]
pub(super) struct Repeats(Mutex<HashMap<String, u64>>);

/// Complaints that are told apart. Those beyond are told apart by their places, and then no more.
const MOST: usize = 64;

impl Repeats {
    /// How often it was said, this time included, where that is worth a line: the first time, the tenth, the hundredth.
    pub(super) fn tell(&self, place: &str, message: &str) -> Option<u64> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = |key: &String, most| counts.contains_key(key) || counts.len() < most;
        let keys = [(format!("{place} {message}"), MOST), (place.to_owned(), 2 * MOST)];
        let key = keys.into_iter().find(|(key, most)| room(key, *most)).map(|(key, _)| key);
        let count = counts.entry(key.unwrap_or_default()).or_default();
        *count += 1;
        // A power of ten.
        (10_u64.pow(count.ilog10()) == *count).then_some(*count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_ever_more_seldom() {
        let repeats = Repeats::default();
        let told: Vec<u64> = (0..2000).filter_map(|_| repeats.tell("lib.rs:7", "missed")).collect();
        assert_eq!(told, [1, 10, 100, 1000]);
        assert_eq!(repeats.tell("lib.rs:7", "hit"), Some(1), "another complaint is told at once");
    }

    #[test]
    fn complaints_without_end_are_few_lines_too() {
        let repeats = Repeats::default();
        let told = (0..10_000).filter_map(|n| repeats.tell("lib.rs:7", &format!("missed {n}"))).count();
        assert_eq!(told, MOST + 4);
        assert_eq!(repeats.tell("lib.rs:9", "another place"), Some(1));
        let places = (0..10_000).filter_map(|n| repeats.tell(&format!("lib.rs:{n}"), "missed")).count();
        assert!(places < 2 * MOST, "{places}");
    }
}
