//! What an operator writes for a time or a size: a number, or a text with a unit.

use chaos_kitty_bus::Value;

/// The units are those of the operations' parameters. `MB` is left out: it says a million to some, 1,048,576 to others.
const TIMES: [(&str, f64); 5] = [("ms", 1e-3), ("s", 1.0), ("min", 60.0), ("m", 60.0), ("h", 3600.0)];
const SHIFTS: [(&str, f64); 6] =
    [("ms", 1e-3), ("s", 1.0), ("min", 60.0), ("m", 60.0), ("h", 3600.0), ("d", 86_400.0)];
const SIZES: [(&str, f64); 2] = [("MiB", 1.0), ("GiB", 1024.0)];

/// Seconds by which a clock may be put forward or back: ten years.
pub(crate) const FARTHEST_SHIFT: f64 = 3650.0 * 86_400.0;
/// How much faster than time itself a clock may go.
pub(crate) const FASTEST_DRIFT: f64 = 100.0;

/// A time in seconds, not negative: `2`, `0.5`, `"500ms"`, `"2 s"`, `"1m"`. An integer stays one.
///
/// # Errors
/// What it must be, for the person who wrote it.
pub(crate) fn seconds(value: &Value) -> Result<Value, String> {
    read(value, &TIMES).ok_or_else(|| "a time from 0: seconds, or a text such as 500ms, 2s, 1m".to_owned())
}

/// A size in MiB, not negative: `10`, `"10MiB"`, `"1GiB"`. An integer stays one.
///
/// # Errors
/// What it must be, for the person who wrote it.
pub(crate) fn mebibytes(value: &Value) -> Result<Value, String> {
    read(value, &SIZES).ok_or_else(|| "a size from 0: MiB, or a text such as 10MiB, 1GiB".to_owned())
}

/// By how many seconds a clock is shifted, forward or back: `-90`, `"-2h"`, `"1d"`. An integer stays one.
///
/// # Errors
/// What it must be, for the person who wrote it.
pub(crate) fn shift(value: &Value) -> Result<Value, String> {
    let shift = match value.as_str().map(str::trim).and_then(|text| text.strip_prefix('-')) {
        Some(text) => read(&Value::from(text), &SHIFTS).map(negative),
        None => match value {
            Value::Int(..0) | Value::Float(..0.0) => read(&negative(value.clone()), &SHIFTS).map(negative),
            _ => read(value, &SHIFTS),
        },
    };
    let is_near = |shift: &Value| shift.as_f64().is_some_and(|seconds| seconds.abs() <= FARTHEST_SHIFT);
    shift.filter(is_near).ok_or_else(|| {
        "a time of ten years at most, forward or back: seconds, or a text such as -2h, 30m, 1d".to_owned()
    })
}

/// Seconds as people write them, in the largest unit that they are whole in: `2 h`, `90 s`, `0.5 s`.
pub(crate) fn shown(seconds: f64) -> String {
    let (unit, factor) = [("d", 86_400.0), ("h", 3600.0), ("min", 60.0)]
        .into_iter()
        .find(|(_, factor)| seconds >= *factor && seconds % factor == 0.0)
        .unwrap_or(("s", 1.0));
    format!("{} {unit}", seconds / factor)
}

fn negative(value: Value) -> Value {
    match value {
        Value::Int(number) => number.checked_neg().map_or(Value::Nil, Value::Int),
        Value::Float(number) => Value::Float(-number),
        other => other,
    }
}

fn read(value: &Value, units: &[(&str, f64)]) -> Option<Value> {
    let text = match value {
        Value::Int(number) => return (*number >= 0).then(|| value.clone()),
        Value::Float(number) => return (number.is_finite() && *number >= 0.0).then(|| value.clone()),
        Value::String(text) => text.trim(),
        Value::Symbol(text) => text.trim(),
        _ => return None,
    };
    let (number, factor) = units
        .iter()
        .find_map(|(unit, factor)| Some((text.strip_suffix(unit)?.trim_end(), *factor)))
        .unwrap_or((text, 1.0));
    if factor == 1.0
        && let Ok(whole) = number.parse::<u32>()
    {
        return Some(Value::Int(whole.into()));
    }
    let number: f64 = number.parse().ok()?;
    (number.is_finite() && number >= 0.0).then(|| Value::Float(number * factor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_take_units() {
        let text = |text: &str| seconds(&Value::String(text.to_owned()));
        assert_eq!(text("500ms"), Ok(Value::Float(0.5)));
        assert_eq!(text("2s"), Ok(Value::Int(2)));
        assert_eq!(text("1.5 m"), Ok(Value::Float(90.0)));
        assert_eq!(text("0.25"), Ok(Value::Float(0.25)));
        assert_eq!(seconds(&Value::Int(2)), Ok(Value::Int(2)));
        for wrong in ["-1", "two", "1d", "", "ms", "inf", "nan"] {
            assert!(text(wrong).is_err(), "{wrong}");
        }
        assert!(seconds(&Value::Float(-0.5)).is_err() && seconds(&Value::Nil).is_err());
    }

    #[test]
    fn seconds_are_shown_in_the_unit_that_they_are_whole_in() {
        for (seconds, text) in [
            (7200.0, "2 h"),
            (90.0, "90 s"),
            (120.0, "2 min"),
            (86_400.0, "1 d"),
            (0.5, "0.5 s"),
            (0.0, "0 s"),
        ] {
            assert_eq!(shown(seconds), text);
        }
    }

    #[test]
    fn shifts_go_both_ways_and_not_too_far() {
        let text = |text: &str| shift(&Value::from(text));
        assert_eq!(text("-2h"), Ok(Value::Float(-7200.0)));
        assert_eq!(text("1d"), Ok(Value::Float(86_400.0)));
        assert_eq!(text("-90"), Ok(Value::Int(-90)));
        assert_eq!(shift(&Value::Int(-90)), Ok(Value::Int(-90)));
        assert_eq!(shift(&Value::Float(-0.5)), Ok(Value::Float(-0.5)));
        assert_eq!(text("-3650d"), Ok(Value::Float(-FARTHEST_SHIFT)));
        for wrong in ["3651d", "--1", "-", "1y", "soon", "-inf"] {
            assert!(text(wrong).is_err(), "{wrong}");
        }
        for wrong in [Value::Int(i64::MIN), Value::Float(f64::NAN), Value::Float(-1e300), Value::Nil] {
            assert!(shift(&wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn sizes_take_units() {
        let text = |text: &str| mebibytes(&Value::String(text.to_owned()));
        assert_eq!(text("10MiB"), Ok(Value::Int(10)));
        assert_eq!(text("1 GiB"), Ok(Value::Float(1024.0)));
        assert!(text("10MB").is_err() && text("ten").is_err());
    }
}
