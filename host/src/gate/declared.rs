//! What a method of the protocol's cannot do without.
//!
//! A victim that declares one, and keeps to `protocol: 1`, means by it what the protocol says: whatever is missing or
//! impossible is refused before it is asked. What anybody else means by the same words is theirs.

use super::reading::{Read, as_it_is, some_memory, text, truth, whole, words};
use super::refusal::{Refusal, Rule};
use crate::effect::Effect;
use crate::roster::Kind;

/// An option, what to say where it is missing and has to be there, and how it is read.
type Declared = (&'static str, Option<&'static str>, Read);

/// The most errors and signals that one strike may ask for.
const MOST_TIMES: i64 = 1_000_000;

const DURATION: Declared = ("duration", Some("say for how long, such as duration=2s"), as_it_is);
const CPUS: Declared = ("cpus", None, |value| whole(value, 1, i64::MAX));
const TIMES: Declared = ("times", None, |value| whole(value, 1, MOST_TIMES));

fn of(method: &str, kind: Kind) -> &'static [Declared] {
    match (method, kind) {
        ("delay", _) => &[DURATION, ("point", None, text), ("block", None, truth)],
        ("freeze" | "take_descriptors", _) => &[DURATION],
        ("cpu_spin", _) => &[DURATION, CPUS],
        ("allocate_memory", _) => &[
            ("size_mb", Some("say how much, such as size_mb=50"), some_memory),
            ("hold_duration", Some("say for how long it is held, such as hold_duration=2s"), as_it_is),
        ],
        // Elsewhere nobody reads the message: a call fails with an errno, and a signal has no words.
        ("raise_error", Kind::Linked) => &[
            ("message", Some("say what the error says, such as message=boo"), words),
            ("class", None, words),
            ("point", None, text),
            ("panic", None, truth),
            TIMES,
        ],
        ("raise_error" | "trigger_gc", _) => &[TIMES],
        _ => &[],
    }
}

/// Looks whether such a victim can be asked for it.
///
/// # Errors
/// An option that is missing or impossible.
pub(super) fn check(effect: &Effect, kind: Kind) -> Result<(), Refusal> {
    let method = &effect.method;
    for (option, missing, read) in of(method, kind) {
        let wrong = match (effect.option(option), missing) {
            (Some(value), _) => match read(value) {
                Ok(_) => continue,
                Err(must) => format!("`{option}` of {method} must be {must}"),
            },
            (None, Some(missing)) => format!("`{option}` of {method} is missing: {missing}"),
            (None, None) => continue,
        };
        return Err(Refusal::new(Rule::Arguments, wrong));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effect::tests::effect;
    use chaos_kitty_bus::Value;

    fn told<const N: usize>(method: &str, options: [(&'static str, Value); N]) -> String {
        check(&effect(method, options), Kind::Linked).unwrap_err().reason
    }

    #[test]
    fn what_is_missing_is_named_with_what_would_do() {
        for method in ["delay", "freeze", "cpu_spin", "take_descriptors"] {
            let why = format!("`duration` of {method} is missing: say for how long, such as duration=2s");
            assert_eq!(told(method, [("leave", 1.into())]), why);
        }
        assert!(told("allocate_memory", [("size_mb", 1.into())]).starts_with("`hold_duration` of "));
        assert!(told("allocate_memory", [("hold_duration", 1.into())]).starts_with("`size_mb` of "));
        assert!(told("raise_error", [("times", 1.into())]).contains("such as message=boo"));
        for kind in [Kind::Wrapped, Kind::Inside] {
            check(&effect("raise_error", [("times", 1)]), kind).unwrap();
        }
        // These last as long as their lease where nothing is said.
        check(&effect("disturb", [("calls", "read")]), Kind::Inside).unwrap();
        check(&effect("shift_clock", [("by", 1)]), Kind::Inside).unwrap();
        check(&effect("flush", [("table", "orders")]), Kind::Linked).unwrap();
    }

    #[test]
    fn what_is_impossible_is_named_with_what_it_must_be() {
        for size in [Value::Int(0), Value::Float(0.0)] {
            let why = told("allocate_memory", [("size_mb", size), ("hold_duration", 1.into())]);
            assert!(why.starts_with("`size_mb` of allocate_memory must be a size above 0: MiB"), "{why}");
        }
        for (method, option, wrong, must) in [
            ("delay", "block", Value::from(1), "true or false"),
            ("delay", "point", "".into(), "a text that is not empty"),
            ("cpu_spin", "cpus", 0.into(), "a whole number from 1"),
        ] {
            let why = told(method, [("duration", 1.into()), (option, wrong)]);
            assert_eq!(why, format!("`{option}` of {method} must be {must}"));
        }
        assert!(told("raise_error", [("message", true.into())]).contains("a text that is not empty"));
        let why = told("raise_error", [("message", 404.into()), ("times", 0.into())]);
        assert_eq!(why, "`times` of raise_error must be a whole number from 1 to 1000000");
    }
}
