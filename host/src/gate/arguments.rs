//! What the methods of the protocol take: units become numbers, and what is impossible is refused by name.

use super::refusal::{Refusal, Rule};
use crate::configuration::advice;
use crate::effect::Effect;
use crate::{errno, units};
use chaos_kitty_bus::Value;

/// Reads an option, or says what it must be.
type Read = fn(&Value) -> Result<Value, String>;

/// Options that are times and sizes wherever they stand: Ruby's methods take them.
const AMOUNTS: &[(&str, Read)] =
    &[("duration", units::seconds), ("hold_duration", units::seconds), ("size_mb", units::mebibytes)];

const DISTURB: &[(&str, Read)] = &[
    ("calls", calls),
    ("errno", errno::parse),
    ("delay", units::seconds),
    ("share", |value| share(value, false)),
    ("path", text),
    ("address", text),
    ("port", |value| whole(value, 1, 65_535)),
    ("rate", |value| share(value, true)),
    ("after", |value| whole(value, 0, i64::MAX)),
    ("times", |value| whole(value, 1, i64::MAX)),
    ("seed", |value| whole(value, 0, i64::MAX)),
    ("duration", units::seconds),
];

/// What can be disturbed, and `*` for all of it.
const CALLS: [&str; 13] = [
    "read",
    "write",
    "open",
    "connect",
    "accept",
    "send",
    "recv",
    "fsync",
    "malloc",
    "getaddrinfo",
    "clock_gettime",
    "nanosleep",
    "*",
];
/// Those that move bytes: of them a share can be.
const MOVING: [&str; 4] = ["read", "write", "send", "recv"];
/// What `disturb` does with a call: one of these.
const DOING: [&str; 3] = ["errno", "delay", "share"];

/// The options of this method that are read here. What an application's own method means by `duration` is its own.
fn of(method: &str) -> &'static [(&'static str, Read)] {
    match method {
        "delay" | "freeze" | "cpu_spin" | "allocate_memory" => AMOUNTS,
        "raise_error" => &[("errno", errno::parse)],
        "disturb" => DISTURB,
        "take_descriptors" => &[("leave", |value| whole(value, 0, i64::MAX)), ("duration", units::seconds)],
        "shift_clock" => &[("by", units::shift), ("drift", drift), ("duration", units::seconds)],
        _ => &[],
    }
}

/// Reads the options of a method that the protocol defines.
///
/// # Errors
/// An option that is missing or impossible, or that does not go with another.
pub(super) fn read(effect: &mut Effect) -> Result<(), Refusal> {
    for (option, read) in of(&effect.method) {
        let Value::Map(entries) = &mut effect.options else { break };
        for (_, value) in entries.iter_mut().filter(|(key, _)| key.as_str() == Some(option)) {
            *value = read(value).map_err(|must| wrong(option, &effect.method, &must))?;
        }
    }
    let has = |option: &&str| effect.option(option).is_some();
    let refused = |reason: String| Err(Refusal::new(Rule::Arguments, reason));
    match &*effect.method {
        "disturb" if !has(&"calls") => Err(wrong("calls", "disturb", &calls_must_be())),
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

fn wrong(option: &str, method: &str, must: &str) -> Refusal {
    Refusal::new(Rule::Arguments, format!("`{option}` of {method} must be {must}"))
}

fn moves(option: Option<&Value>) -> bool {
    option.and_then(Value::as_f64).is_some_and(|amount| amount != 0.0)
}

fn names(calls: &Value) -> impl Iterator<Item = &str> {
    calls.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn calls_must_be() -> String {
    format!("a call, or some: {}", CALLS.join(", "))
}

/// A name, several with commas between them as a command line has them, or a list: as a list.
fn calls(value: &Value) -> Result<Value, String> {
    let given: Vec<&str> = match value {
        Value::Array(list) => list.iter().map(|name| name.as_str().unwrap_or_default()).collect(),
        other => other.as_str().unwrap_or_default().split(',').collect(),
    };
    let given: Vec<&str> = given.into_iter().map(str::trim).collect();
    match given.iter().find(|name| !CALLS.contains(name)) {
        None if !given.is_empty() => Ok(Value::Array(given.into_iter().map(Value::from).collect())),
        Some(unknown) if !unknown.is_empty() => {
            Err(format!("a call, or some, and `{unknown}` is none{}", advice(unknown, &CALLS)))
        }
        _ => Err(calls_must_be()),
    }
}

fn share(value: &Value, all: bool) -> Result<Value, String> {
    let fits = value.as_f64().is_some_and(|share| share > 0.0 && (share < 1.0 || all && share == 1.0));
    let most = if all { "to 1" } else { "and below 1" };
    fits.then(|| value.clone()).ok_or_else(|| format!("a number above 0 {most}, such as 0.5"))
}

fn drift(value: &Value) -> Result<Value, String> {
    let fits = value.as_f64().is_some_and(|drift| (-1.0..=units::FASTEST_DRIFT).contains(&drift));
    fits.then(|| value.clone()).ok_or_else(|| {
        format!(
            "a number from -1, at which the clock stands still, to {}: 0.1 is 10 % fast",
            units::FASTEST_DRIFT
        )
    })
}

fn whole(value: &Value, least: i64, most: i64) -> Result<Value, String> {
    let number = value.as_i64().filter(|number| (least..=most).contains(number));
    number.map(Value::Int).ok_or_else(|| match most {
        i64::MAX => format!("a whole number from {least}"),
        _ => format!("a whole number from {least} to {most}"),
    })
}

fn text(value: &Value) -> Result<Value, String> {
    match value.as_str() {
        Some(text) if !text.is_empty() => Ok(Value::from(text)),
        _ => Err("a text that is not empty".to_owned()),
    }
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
        for nothing in [Value::Nil, "".into(), 5.into(), Value::Array(Vec::new()), vec![Value::Nil].into()] {
            assert!(
                calls(nothing.clone()).starts_with("`calls` of disturb must be a call, or some: read, "),
                "{nothing:?}"
            );
        }
        for (option, wrong, must) in [
            ("errno", Value::from("ENOSPCE"), "did you mean `ENOSPC`"),
            ("delay", "soon".into(), "a time from 0"),
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
