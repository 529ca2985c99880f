//! A case: a row of the table, and what holds for all of them.

use crate::arena::Arena;
use crate::told::Told;
use chaos_kitty_tests::Json;

/// A hostile peer, and what becomes of it.
pub(crate) struct Case {
    /// What the peer is told, in this order; other words may come between.
    pub(crate) told: &'static [&'static str],
    /// What one line of the log says of it, with its pid and its uid; empty where it did nothing that is wrong.
    pub(crate) logged: &'static str,
    /// MiB that the host's memory grows by at most, with what the strikes on others take.
    pub(crate) grows: f64,
}

/// The most warnings that a peer can cause, whatever it does and however often.
const WARNINGS: usize = 20;

impl Case {
    /// Runs a peer in an arena, and holds the host to all four promises. A peer that cannot be had here says so.
    pub(crate) fn run(&self, attack: impl FnOnce(&Arena) -> Option<Told>) {
        self.run_in(Arena::open(), attack);
    }

    pub(crate) fn run_in(&self, arena: Arena, attack: impl FnOnce(&Arena) -> Option<Told>) {
        if let Some(told) = attack(&arena) {
            // First of all that others are struck: the log is whole after that.
            arena.goes_on();
            self.was_told(&told);
            self.was_logged(&arena, &told);
            arena.was_on_time();
            let growth = arena.growth();
            assert!(growth < self.grows, "the host grew by {growth} MiB");
        }
        arena.close();
    }

    fn was_told(&self, told: &Told) {
        let mut words = told.words.iter();
        for expected in self.told {
            let found = words.any(|word| word.starts_with(expected));
            assert!(found, "{expected:?} was to be told, in this order, and was not: {:#?}", told.words);
        }
    }

    fn was_logged(&self, arena: &Arena, told: &Told) {
        let says = |line: &Json| {
            let text = line["message"].as_str().or(line.as_str());
            text.is_some_and(|text| text.contains(self.logged)) && told.is_about(line)
        };
        match &told.log {
            _ if self.logged.is_empty() => {}
            Some(log) => drop(log.wait(self.logged, says)),
            None => drop(arena.line(self.logged, says)),
        }
        let lines = told.log.as_ref().map_or_else(|| arena.lines(), |log| log.lines());
        let warnings: Vec<&Json> =
            lines.iter().filter(|line| is_warning(line) && told.is_about(line)).collect();
        let most = if self.logged.is_empty() { 0 } else { WARNINGS };
        assert!(warnings.len() <= most, "{} warnings about it: {warnings:#?}", warnings.len());
        let long = lines.iter().find(|line| line.to_string().len() > 32 << 10);
        assert!(
            long.is_none(),
            "a peer fills the log: {} bytes",
            long.map_or(0, |line| line.to_string().len())
        );
    }
}

fn is_warning(line: &Json) -> bool {
    line["level"] == "WARN"
        || line["level"] == "ERROR"
        || line.as_str().is_some_and(|line| line.contains("WARN"))
}
