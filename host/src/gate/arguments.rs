//! What the methods of the protocol take: units become numbers, and what is impossible is refused by name.

use super::reading::{
    MOVING, Read, as_it_is, calls, calls_must_be, drift, lasting, names, share, text, whole,
};
use super::refusal::{Refusal, Rule};
use crate::configuration::nearest;
use crate::effect::Effect;
use crate::slip::is_slip;
use crate::{errno, units};
use chaos_kitty_bus::Value;

/// An option, and how it is read.
type Known = (&'static str, Read);

const DELAY: &[Known] = &[("duration", lasting), ("point", as_it_is), ("block", as_it_is)];
const RAISE_ERROR: &[Known] = &[
    ("errno", errno::parse),
    ("message", as_it_is),
    ("class", as_it_is),
    ("times", as_it_is),
    ("panic", as_it_is),
    ("point", as_it_is),
];
/// Memory that is given back at once was resident all the same.
const ALLOCATE_MEMORY: &[Known] = &[("size_mb", units::mebibytes), ("hold_duration", units::seconds)];
const TAKE_DESCRIPTORS: &[Known] = &[("leave", |value| whole(value, 0, i64::MAX)), ("duration", lasting)];
const SHIFT_CLOCK: &[Known] = &[("by", units::shift), ("drift", drift), ("duration", lasting)];

const DISTURB: &[Known] = &[
    ("calls", calls),
    ("errno", errno::parse),
    ("delay", lasting),
    ("share", |value| share(value, false)),
    ("path", text),
    ("address", text),
    ("port", |value| whole(value, 1, 65_535)),
    ("rate", |value| share(value, true)),
    ("after", |value| whole(value, 0, i64::MAX)),
    ("times", |value| whole(value, 1, i64::MAX)),
    ("seed", |value| whole(value, 0, i64::MAX)),
    ("duration", lasting),
];

/// What `disturb` does with a call: one of these.
const DOING: [&str; 3] = ["errno", "delay", "share"];

/// The options of this method. What an application's own method means by `duration` is its own.
fn of(method: &str) -> &'static [Known] {
    match method {
        "delay" => DELAY,
        "freeze" => &[("duration", lasting)],
        "cpu_spin" => &[("duration", lasting), ("cpus", as_it_is)],
        "allocate_memory" => ALLOCATE_MEMORY,
        "raise_error" => RAISE_ERROR,
        "trigger_gc" => &[("times", as_it_is)],
        "disturb" => DISTURB,
        "take_descriptors" => TAKE_DESCRIPTORS,
        "shift_clock" => SHIFT_CLOCK,
        "signal" => &[("signal", as_it_is)],
        _ => &[],
    }
}

/// Reads the options of a method that the protocol defines.
///
/// # Errors
/// An option that is missing or impossible, or that does not go with another.
pub(super) fn read(effect: &mut Effect) -> Result<(), Refusal> {
    spelt(effect)?;
    for (option, read) in of(&effect.method) {
        let Value::Map(entries) = &mut effect.options else { break };
        for (_, value) in entries.iter_mut().filter(|(key, _)| key.as_str() == Some(option)) {
            *value = read(value).map_err(|must| wrong(option, &effect.method, &must))?;
        }
    }
    let has = |option: &&str| effect.option(option).is_some();
    let refused = |reason: String| Err(Refusal::new(Rule::Arguments, reason));
    match &*effect.method {
        "disturb" if !has(&"calls") => {
            refused(format!("`calls` of disturb is missing: name {}", calls_must_be()))
        }
        "disturb" if DOING.iter().filter(|option| has(option)).count() != 1 => {
            refused("disturb takes one of `errno`, `delay` and `share`: give the one that it is to do".to_owned())
        }
        "disturb" if has(&"share") => match effect.option("calls").into_iter().flat_map(names).find(|name| !MOVING.contains(name)) {
            None => Ok(()),
            Some(call) => refused(format!(
                "`share` of disturb cuts short {}, and {call} has no bytes to be cut: give `errno` or `delay`, or leave it out of `calls`",
                MOVING.join(", ")
            )),
        },
        "take_descriptors" if !has(&"leave") => {
            refused("`leave` of take_descriptors is missing: say how many descriptors are to be left free".to_owned())
        }
        "shift_clock" if !["by", "drift"].iter().any(|option| moves(effect.option(option))) => {
            refused("shift_clock needs `by` or `drift`, other than 0: say how far off the clock is to be, or how fast".to_owned())
        }
        _ => Ok(()),
    }
}

/// What is near to an option, and is none, is a mistake. What is none by far may be one to a worker of somebody else's, and
/// ours say themselves what they take.
fn spelt(effect: &Effect) -> Result<(), Refusal> {
    let options = of(&effect.method);
    let given = effect.options.as_map().into_iter().flatten().filter_map(|(key, _)| key.as_str());
    for unknown in given.filter(|given| options.iter().all(|(option, _)| option != given)) {
        let known: Vec<&str> = options.iter().map(|(option, _)| *option).collect();
        if let Some(meant) = nearest(unknown, &known).filter(|meant| is_slip(unknown, meant)) {
            let (method, known) = (&effect.method, known.join(", "));
            let reason =
                format!("`{unknown}` is no option of {method}, did you mean `{meant}`? It takes {known}");
            return Err(Refusal::new(Rule::Arguments, reason));
        }
    }
    Ok(())
}

fn wrong(option: &str, method: &str, must: &str) -> Refusal {
    Refusal::new(Rule::Arguments, format!("`{option}` of {method} must be {must}"))
}

fn moves(option: Option<&Value>) -> bool {
    option.and_then(Value::as_f64).is_some_and(|amount| amount != 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effect::tests::effect;

    fn reading<const N: usize>(method: &str, options: [(&'static str, Value); N]) -> Result<Effect, String> {
        let mut effect = effect(method, options);
        read(&mut effect).map(|()| effect).map_err(|refusal| refusal.reason)
    }

    fn disturb(option: &'static str, value: impl Into<Value>) -> Result<Effect, String> {
        let calls = ("calls", Value::from("read,send"));
        match option {
            "errno" | "delay" | "share" => reading("disturb", [calls, (option, value.into())]),
            _ => reading("disturb", [calls, ("errno", "EIO".into()), (option, value.into())]),
        }
    }

    #[test]
    fn what_is_misspelt_is_named_with_what_was_meant_and_what_there_is() {
        let told = |method, option| reading(method, [(option, 1.into())]).unwrap_err();
        assert_eq!(
            told("freeze", "durtion"),
            "`durtion` is no option of freeze, did you mean `duration`? It takes duration"
        );
        assert!(told("delay", "durration").ends_with("`duration`? It takes duration, point, block"));
        assert!(told("signal", "singal").contains("did you mean `signal`"));
        assert!(told("cpu_spin", "cpu").contains("did you mean `cpus`"));
        // Somebody else's worker may take it.
        reading("trigger_gc", [("full", true.into())]).unwrap();
        reading("raise_error", [("timeout", 1.into()), ("message_id", 1.into())]).unwrap();
        reading("delay", [("duration_ms", 1.into())]).unwrap();
        reading("flush", [("durtion", 1.into())]).unwrap();
    }

    #[test]
    fn what_lasts_no_time_is_refused_whatever_it_is() {
        for method in ["delay", "freeze", "cpu_spin", "disturb", "take_descriptors", "shift_clock"] {
            for nothing in [Value::Int(0), Value::Float(0.0), Value::Float(1e-9), "0ms".into()] {
                let why = reading(method, [("duration", nothing)]).unwrap_err();
                assert!(why.starts_with(&format!("`duration` of {method} must be a time above 0")), "{why}");
            }
        }
        assert!(disturb("delay", 0).unwrap_err().starts_with("`delay` of disturb must be a time above 0"));
        reading("allocate_memory", [("size_mb", 1.into()), ("hold_duration", 0.into())]).unwrap();
    }

    #[test]
    fn what_is_disturbed_is_a_list_of_calls_and_one_thing_is_done_to_them() {
        let effect = disturb("delay", "200ms").unwrap();
        assert_eq!(effect.option("calls"), Some(&Value::Array(vec!["read".into(), "send".into()])));
        assert_eq!(effect.option("delay"), Some(&Value::Float(0.2)));
        assert_eq!(disturb("errno", 104).unwrap().option("errno"), Some(&Value::from("ECONNRESET")));
        for (option, value) in
            [("errno", "EIO"), ("path", "*.log"), ("address", "unix:/run/x"), ("duration", "2s")]
        {
            disturb(option, value).unwrap();
        }
        for (option, value) in
            [("port", 443.into()), ("rate", Value::Float(0.1)), ("rate", 1.into()), ("times", 3.into())]
        {
            disturb(option, value).unwrap();
        }
        let both = reading("disturb", [("calls", "*".into()), ("errno", 5.into()), ("delay", 1.into())])
            .unwrap_err();
        assert!(both.starts_with("disturb takes one of"), "{both}");
        assert_eq!(both, reading("disturb", [("calls", "*".into())]).unwrap_err());
        let cut = reading("disturb", [("calls", "read,open".into()), ("share", 0.5.into())]).unwrap_err();
        assert!(cut.contains("open has no bytes"), "{cut}");
    }

    #[test]
    fn what_is_impossible_is_refused_by_name_with_what_would_be_right() {
        let calls = |calls: Value| reading("disturb", [("calls", calls), ("errno", 5.into())]).unwrap_err();
        assert_eq!(
            calls("raed".into()),
            "`calls` of disturb must be a call, or some, and `raed` is none, did you mean `read`"
        );
        let none = reading("disturb", [("errno", 5.into())]).unwrap_err();
        assert!(none.starts_with("`calls` of disturb is missing: name a call, or some: read, "), "{none}");
        for nothing in [Value::Nil, "".into(), 5.into(), Value::Array(Vec::new()), vec![Value::Nil].into()] {
            assert!(
                calls(nothing.clone()).starts_with("`calls` of disturb must be a call, or some: read, "),
                "{nothing:?}"
            );
        }
        for (option, wrong, must) in [
            ("errno", Value::from("ENOSPCE"), "did you mean `ENOSPC`"),
            ("delay", "soon".into(), "a time above 0"),
            ("share", 1.into(), "above 0 and below 1"),
            ("share", 0.into(), "above 0 and below 1"),
            ("rate", 1.5.into(), "above 0 to 1"),
            ("rate", f64::NAN.into(), "above 0 to 1"),
            ("after", (-1).into(), "from 0"),
            ("after", 2.5.into(), "from 0"),
            ("times", 0.into(), "from 1"),
            ("port", 65_536.into(), "from 1 to 65535"),
            ("path", "".into(), "not empty"),
            ("seed", (-1).into(), "from 0"),
        ] {
            let refused = disturb(option, wrong.clone()).unwrap_err();
            let begin = format!("`{option}` of disturb must be ");
            assert!(refused.starts_with(&begin) && refused.contains(must), "{option} {wrong:?}: {refused}");
        }
    }

    #[test]
    fn a_clock_goes_somewhere_and_descriptors_are_left() {
        let shifted = reading("shift_clock", [("by", "-1h".into()), ("drift", 0.into())]).unwrap();
        assert_eq!(shifted.option("by"), Some(&Value::Float(-3600.0)));
        reading("shift_clock", [("drift", (-1).into())]).unwrap();
        for nowhere in [[("by", Value::from(0))], [("drift", 0.0.into())], [("duration", 1.into())]] {
            assert!(reading("shift_clock", nowhere).unwrap_err().contains("needs `by` or `drift`"));
        }
        for (option, wrong) in [("by", Value::from("4000d")), ("drift", (-2).into()), ("drift", 101.into())] {
            assert!(reading("shift_clock", [(option, wrong)]).unwrap_err().contains("must be"));
        }
        reading("take_descriptors", [("leave", 0.into())]).unwrap();
        assert!(reading("take_descriptors", [("leave", (-1).into())]).is_err());
        assert!(reading("take_descriptors", [("duration", 1.into())]).unwrap_err().contains("is missing"));
    }

    #[test]
    fn an_applications_own_words_stay_as_they_are() {
        let own = reading("flush", [("calls", "soon".into()), ("duration", "soon".into())]).unwrap();
        assert_eq!(own.option("duration"), Some(&Value::from("soon")));
    }
}
