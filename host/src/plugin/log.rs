//! A plugin's log events, as events of the host's.

use chaos_kitty_bus::Value;
use tracing::Level;

use super::line::one_line;
use super::repeats::Repeats;

/// What a subscriber filters by; the plugin's own target is the field `from`.
const TARGET: &str = "plugin";

/// The most detailed level that anybody listens to, in small letters.
pub(super) fn level() -> &'static str {
    if tracing::enabled!(target: TARGET, Level::TRACE) {
        "trace"
    } else if tracing::enabled!(target: TARGET, Level::DEBUG) {
        "debug"
    } else if tracing::enabled!(target: TARGET, Level::INFO) {
        "info"
    } else if tracing::enabled!(target: TARGET, Level::WARN) {
        "warn"
    } else if tracing::enabled!(target: TARGET, Level::ERROR) {
        "error"
    } else {
        "off"
    }
}

/// Emits a line that a plugin forwarded: `{level, target, file, line, message, fields}`. A complaint that comes again
/// and again is counted.
pub(super) fn emit(instance: &str, repeats: &Repeats, event: &Value) {
    let text = |key| event.get(key).and_then(Value::as_str);
    let from = text("target").unwrap_or("unknown");
    let mut message = one_line(text("message").unwrap_or_default());
    let line = event.get("line").and_then(Value::as_u64).unwrap_or(0);
    let place = text("file").map(|file| format!("{file}:{line}"));
    let place = place.as_deref();
    let fields = event.get("fields").map(written).filter(|fields| !fields.is_empty());
    if matches!(text("level"), Some("ERROR" | "WARN")) {
        match repeats.tell(place.unwrap_or_default(), &message) {
            None => return,
            Some(1) => {}
            Some(times) => message.push_str(&format!(" ({times} times)")),
        }
    }
    let fields = fields.as_deref();
    // A callsite has one level for good, so there is one for each.
    macro_rules! at {
        ($level:expr) => {
            tracing::event!(target: TARGET, $level, instance, from, place, fields, "{message}")
        };
    }
    match text("level").unwrap_or("INFO") {
        "ERROR" => at!(Level::ERROR),
        "WARN" => at!(Level::WARN),
        "DEBUG" => at!(Level::DEBUG),
        "TRACE" => at!(Level::TRACE),
        _ => at!(Level::INFO),
    }
}

/// `key=value key=value`, for the names of a callsite's fields are fixed too.
fn written(fields: &Value) -> String {
    let entries = fields.as_map().unwrap_or_default().iter();
    let pairs = entries.map(|(key, value)| format!("{}={}", key.as_str().unwrap_or("?"), one(value)));
    one_line(&pairs.collect::<Vec<_>>().join(" "))
}

fn one(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        Value::UInt(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Bool(answer) => answer.to_string(),
        other => format!("{other:?}"),
    }
}
