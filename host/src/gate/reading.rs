//! How the options of the protocol's methods are read: each from what a person or a program may write.

use crate::configuration::advice;
use crate::units;
use chaos_kitty_bus::Value;

/// Reads an option, or says what it must be.
pub(super) type Read = fn(&Value) -> Result<Value, String>;

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
pub(super) const MOVING: [&str; 4] = ["read", "write", "send", "recv"];

/// What is shorter is no time, in seconds: nobody could tell it from none.
const SHORTEST: f64 = 1e-6;

/// For how long something is to be so: for no time is not at all.
pub(super) fn lasting(value: &Value) -> Result<Value, String> {
    let is_some_time = |value: &Value| value.as_f64().is_some_and(|seconds| seconds >= SHORTEST);
    units::seconds(value).ok().filter(is_some_time).ok_or_else(|| {
        "a time above 0, of an hour at most: seconds, or a text such as 500ms, 2s, 1m".to_owned()
    })
}

/// Whoever is struck knows what it may be.
#[allow(clippy::unnecessary_wraps, reason = "it is one of several ways to read an option")]
pub(super) fn as_it_is(value: &Value) -> Result<Value, String> {
    Ok(value.clone())
}

pub(super) fn names(calls: &Value) -> impl Iterator<Item = &str> {
    calls.as_array().into_iter().flatten().filter_map(Value::as_str)
}

pub(super) fn calls_must_be() -> String {
    format!("a call, or some: {}", CALLS.join(", "))
}

/// A name, several with commas between them as a command line has them, or a list: as a list.
pub(super) fn calls(value: &Value) -> Result<Value, String> {
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

pub(super) fn share(value: &Value, all: bool) -> Result<Value, String> {
    let fits = value.as_f64().is_some_and(|share| share > 0.0 && (share < 1.0 || all && share == 1.0));
    let most = if all { "to 1" } else { "and below 1" };
    fits.then(|| value.clone()).ok_or_else(|| format!("a number above 0 {most}, such as 0.5"))
}

pub(super) fn drift(value: &Value) -> Result<Value, String> {
    let fits = value.as_f64().is_some_and(|drift| (-1.0..=units::FASTEST_DRIFT).contains(&drift));
    fits.then(|| value.clone()).ok_or_else(|| {
        format!(
            "a number from -1, at which the clock stands still, to {}: 0.1 is 10 % fast",
            units::FASTEST_DRIFT
        )
    })
}

pub(super) fn whole(value: &Value, least: i64, most: i64) -> Result<Value, String> {
    let number = value.as_i64().filter(|number| (least..=most).contains(number));
    number.map(Value::Int).ok_or_else(|| match most {
        i64::MAX => format!("a whole number from {least}"),
        _ => format!("a whole number from {least} to {most}"),
    })
}

pub(super) fn truth(value: &Value) -> Result<Value, String> {
    value.as_bool().map(Value::Bool).ok_or_else(|| "true or false".to_owned())
}

/// None at all is not some.
pub(super) fn some_memory(value: &Value) -> Result<Value, String> {
    let is_some = |size: &Value| size.as_f64().is_some_and(|size| size > 0.0);
    let size = units::mebibytes(value).ok().filter(is_some);
    size.ok_or_else(|| "a size above 0: MiB, or a text such as 10MiB, 1GiB".to_owned())
}

/// What a command line takes for a number is the text that was meant.
pub(super) fn words(value: &Value) -> Result<Value, String> {
    if value.as_f64().is_some() { Ok(value.clone()) } else { text(value) }
}

pub(super) fn text(value: &Value) -> Result<Value, String> {
    match value.as_str() {
        Some(text) if !text.is_empty() => Ok(Value::from(text)),
        _ => Err("a text that is not empty".to_owned()),
    }
}
