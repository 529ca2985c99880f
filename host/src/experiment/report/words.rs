//! How figures are said: for people, in few digits.

use chaos_kitty_bus::Value;

/// A time for people.
pub(super) fn seconds(seconds: f64) -> String {
    // As people write it: 30 s, and not 30.00.
    if seconds < 1.0 { milliseconds(seconds) } else { format!("{} s", (seconds * 100.0).round() / 100.0) }
}

/// A latency for people.
pub(super) fn milliseconds(seconds: f64) -> String {
    match seconds * 1000.0 {
        0.0 => "0".to_owned(),
        few if few < 10.0 => format!("{few:.1} ms"),
        some if some < 10_000.0 => format!("{some:.0} ms"),
        many => format!("{:.1} s", many / 1000.0),
    }
}

/// The beginning of a text that has no room.
pub(super) fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// A map's entries in a line, as `duration 0.25, hits 3`.
pub(super) fn entries(value: &Value) -> String {
    match value.as_map() {
        Some([]) => "nothing".to_owned(),
        Some(entries) => {
            let said = entries.iter().map(|(key, value)| format!("{} {}", plain(key), plain(value)));
            said.collect::<Vec<_>>().join(", ")
        }
        None => plain(value),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Nil => "nothing".to_owned(),
        Value::String(text) => text.clone(),
        Value::Symbol(name) => name.to_string(),
        Value::Float(number) => ((number * 1e4).round() / 1e4).to_string(),
        other => serde_json::to_string(other).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_few_digits() {
        let value = Value::map([("duration", Value::from(0.24959320493460765)), ("signal", "TERM".into())]);
        assert_eq!(entries(&value), "duration 0.2496, signal TERM");
        assert_eq!(entries(&Value::Map(vec![])), "nothing");
        assert_eq!([0.0, 0.0046, 0.31, 20.0].map(milliseconds), ["0", "4.6 ms", "310 ms", "20.0 s"]);
        assert_eq!(
            (shortened("as it is", 8), shortened("as it is", 5)),
            ("as it is".to_owned(), "as i…".to_owned())
        );
    }
}
