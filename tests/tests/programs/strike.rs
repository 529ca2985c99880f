//! A strike that is under way.

use chaos_kitty_tests::{Json, Process, vitals};

/// What an operator asked for, and waits for.
pub(crate) struct Strike {
    call: Process,
}

/// How long what is to be felt lasts: where a busy machine let nobody feel it, it is done once more, for longer.
pub(crate) const LENGTHS: [&str; 3] = ["duration=700ms", "duration=4s", "duration=16s"];

impl Strike {
    pub(crate) fn new(call: Process) -> Self {
        Self { call }
    }

    /// Whether it has come to its outcome.
    pub(crate) fn is_over(&self) -> bool {
        vitals::is_zombie(self.call.pid())
    }

    /// Does this again and again until it is over.
    pub(crate) fn meanwhile(&self, mut again: impl FnMut()) {
        while !self.is_over() {
            again();
        }
    }

    /// Waits until it is over, and answers its outcome.
    #[track_caller]
    pub(crate) fn outcome(mut self) -> Json {
        self.call.exit();
        self.call.said().to_its_end();
        let text = self.call.said().shown();
        let complaint = self.call.complained().shown();
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("it was refused: {text} {complaint}"))
    }

    /// The same, of one that held for some of its time at least: for how much depends on when the program next makes a call,
    /// and on how busy this machine is.
    #[track_caller]
    pub(crate) fn lasting(self) -> Json {
        let outcome = self.outcome();
        assert!(outcome["verdict"] == "effective" || outcome["verdict"] == "partial", "{outcome}");
        outcome
    }

    /// The same, of one that has done what was asked for.
    #[track_caller]
    pub(crate) fn effective(self) -> Json {
        let outcome = self.outcome();
        assert_eq!(outcome["verdict"], "effective", "{outcome}");
        outcome
    }
}

/// How many calls it has hit.
pub(crate) fn hits(outcome: &Json) -> u64 {
    outcome["observed"]["hits"].as_u64().unwrap_or_else(|| panic!("no hits in {outcome}"))
}
