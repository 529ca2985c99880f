//! What an operator writes for a time or a size: a number, or a text with a unit.

use chaos_kitty_bus::Value;

/// The units are those of the operations' parameters. `MB` is left out: it says a million to some, 1,048,576 to others.
const TIMES: [(&str, f64); 5] = [("ms", 1e-3), ("s", 1.0), ("min", 60.0), ("m", 60.0), ("h", 3600.0)];
const SIZES: [(&str, f64); 2] = [("MiB", 1.0), ("GiB", 1024.0)];

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
    fn sizes_take_units() {
        let text = |text: &str| mebibytes(&Value::String(text.to_owned()));
        assert_eq!(text("10MiB"), Ok(Value::Int(10)));
        assert_eq!(text("1 GiB"), Ok(Value::Float(1024.0)));
        assert!(text("10MB").is_err() && text("ten").is_err());
    }
}
