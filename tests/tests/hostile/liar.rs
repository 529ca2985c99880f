//! A liar: a victim that says whatever a test wants it to say.

use crate::arena::Arena;
use chaos_kitty_bus::{Message, Value};
use chaos_kitty_tests::{Process, RubyWorker, Wire};

/// A victim whose answers are the test's.
pub(crate) struct Liar {
    pub(crate) process: Process,
    pub(crate) wire: Wire,
}

impl Liar {
    pub(crate) fn register(arena: &Arena) -> Self {
        let (process, mut wire) = RubyWorker::relay(&arena.nest);
        let own = vec![("process_id", process.pid().into()), ("name", "liar".into()), ("protocol", 1.into())];
        wire.register(own).unwrap();
        Self { process, wire }
    }

    /// The number of the next call, and its method.
    pub(crate) fn asked(&mut self) -> (u64, String) {
        match self.wire.receive() {
            Some(Message::Invoke { id, request, .. }) => (id, format!("asked {}", request.method)),
            other => panic!("{other:?} is no call"),
        }
    }

    /// Is struck, and answers with this. What it was asked, and the outcome.
    pub(crate) fn answers(&mut self, arena: &Arena, answer: impl FnOnce(u64) -> Message) -> (String, Value) {
        let strike = arena.strike("liar", "delay", &[("duration", 1.into())]);
        let (id, asked) = self.asked();
        self.wire.send(&answer(id));
        (asked, strike.outcome())
    }

    pub(crate) fn observes(&mut self, arena: &Arena, observed: Value) -> (String, Value) {
        self.answers(arena, |id| Message::Return { id, result: Value::map([("observed", observed)]) })
    }
}
