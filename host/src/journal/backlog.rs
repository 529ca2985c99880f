//! What could not be written yet: kept in order as far as there is room, and counted beyond.

use super::gap::Missing;
use std::collections::VecDeque;

/// The most records that are kept.
const MOST: usize = 4096;

/// Records that wait until the journal can be written again, as JSON, and how many do not.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    waiting: VecDeque<String>,
    missing: Missing,
}

impl Backlog {
    /// Keeps a record, or counts it where there are too many.
    pub(super) fn keep(&mut self, json: &str) {
        if self.waiting.len() < MOST {
            self.waiting.push_back(json.to_owned());
        } else {
            self.missing.records += 1;
        }
    }

    /// Counts a refusal: the log has it.
    pub(super) fn count_refusal(&mut self) {
        self.missing.refusals += 1;
    }

    /// The record that has waited for longest.
    pub(super) fn first(&self) -> Option<&str> {
        self.waiting.front().map(String::as_str)
    }

    /// It has been written.
    pub(super) fn written(&mut self) {
        self.waiting.pop_front();
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// What will be missing for good, and has to be said.
    pub(super) fn missing(&self) -> Option<Missing> {
        Some(self.missing).filter(|missing| *missing != Missing::default())
    }

    /// It has been said.
    pub(super) fn said(&mut self) {
        self.missing = Missing::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_keeps_the_oldest_and_counts_the_rest() {
        let mut backlog = Backlog::default();
        assert_eq!(backlog.missing(), None);
        for number in 0..MOST + 3 {
            backlog.keep(&number.to_string());
        }
        backlog.count_refusal();
        assert_eq!((backlog.first(), backlog.len()), (Some("0"), MOST));
        backlog.written();
        assert_eq!(backlog.first(), Some("1"));
        assert_eq!(backlog.missing(), Some(Missing { records: 3, refusals: 1 }));
        backlog.said();
        assert_eq!(backlog.missing(), None);
    }
}
