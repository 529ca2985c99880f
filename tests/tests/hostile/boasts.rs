//! Victims that claim what is possible, and was not so: the host looks for itself.

use std::process::Command;
use std::time::Duration;

use crate::arena::{Arena, text};
use crate::liar::Liar;
use crate::told::Told;
use chaos_kitty_bus::{Message, Value};
use chaos_kitty_tests::{PATIENCE, RubyWorker, Signal, Workspace, comes_true, let_pass, vitals};
use rustix::process::{Pid, kill_process};

/// What is claimed takes its time, or it would be impossible.
const SECOND: Duration = Duration::from_secs(1);

impl Liar {
    /// Is asked for something, lets the time for it pass, does nothing, and says that it was done.
    fn boasts(
        &mut self,
        arena: &Arena,
        method: &str,
        options: &[(&'static str, Value)],
        observed: Value,
    ) -> (String, Value) {
        let strike = arena.strike("liar", method, options);
        let (id, asked) = self.asked();
        let_pass(SECOND + SECOND / 10);
        self.wire.send(&Message::Return { id, result: Value::map([("observed", observed)]) });
        (asked, strike.outcome())
    }

    /// No memory is there, whoever it is that should have taken it.
    fn boasts_of_memory(&mut self, arena: &Arena) -> String {
        let options = [("size_mb", 100.into()), ("hold_duration", 1.into())];
        let observed = Value::map([("resident_mb", 100.0), ("seconds_held", 1.0)]);
        let (asked, outcome) = self.boasts(arena, "allocate_memory", &options, observed);
        assert!(is_seen_through(&outcome, "resident_mb is 100, and the host saw 0"), "{outcome:?}");
        asked
    }
}

/// Whether a claim is doubted, and counts for nothing.
fn is_seen_through(outcome: &Value, doubt: &str) -> bool {
    text(outcome, "doubt").starts_with(doubt) && text(outcome, "verdict") == "none"
}

pub(crate) fn boasts_of_what_its_process_never_did(arena: &Arena) -> Option<Told> {
    let mut liar = Liar::register(arena);
    let observed = Value::map([("cpu_seconds", 1.0)]);
    let (spin, outcome) = liar.boasts(arena, "cpu_spin", &[("duration", 1.into())], observed);
    assert!(is_seen_through(&outcome, "cpu_seconds is 1, and the host saw 0"), "{outcome:?}");
    let memory = liar.boasts_of_memory(arena);
    Told::of(liar.process.pid(), [spin, memory])
}

pub(crate) fn boasts_of_a_program_that_went_on(arena: &Arena) -> Option<Told> {
    // The program, and beside it the one who says that it has stopped it.
    let mut command = Command::new("sh");
    command.args(["-c", "sleep 600 > /dev/null 2>&1 & exec \"$1\" \"$2\"", "sh"]);
    command.arg(Workspace::built().program("chaos-kitty-test-relay")).arg(arena.nest.socket());
    let (process, mut wire) = RubyWorker::relay_by(&mut command);
    let sleeper = Sleeper::of(process.pid());
    let own = vec![("process_id", sleeper.0.into()), ("name", "liar".into()), ("protocol", 1.into())];
    wire.register(own).unwrap();
    let mut liar = Liar { process, wire };
    let observed = Value::map::<_, Value>([("seconds_held", 1.0.into()), ("processes", 1.into())]);
    let (delay, outcome) = liar.boasts(arena, "delay", &[("duration", 1.into())], observed);
    assert!(is_seen_through(&outcome, "seconds_held is 1, and the host saw 0"), "{outcome:?}");
    let memory = liar.boasts_of_memory(arena);
    let told = Told::of(sleeper.0, [delay, memory]);
    drop(sleeper);
    told
}

/// The child of a relay; the relay is there as long as this.
struct Sleeper(i32);

impl Sleeper {
    fn of(relay: i32) -> Self {
        let mut children = Vec::new();
        let is_there = comes_true(PATIENCE, || {
            children = vitals::children(relay);
            !children.is_empty()
        });
        assert!(is_there, "it has started nobody");
        Self(children[0])
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        // Its parent waits for nobody, so the pid is its own still.
        let _ = kill_process(Pid::from_raw(self.0).unwrap(), Signal::KILL);
    }
}
