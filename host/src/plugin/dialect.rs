//! The MessagePack that crosses the boundary: the wire's, of which only plain data is used.

use chaos_kitty_bus::{Limits, Value, decode_value, encode_value};

pub(super) fn decode(bytes: &[u8]) -> Result<Value, String> {
    decode_value(bytes, &Limits::default()).map_err(|error| error.to_string())
}

/// A plugin has no use for the wire's objects, so that an exception becomes a map and an object nothing.
pub(super) fn encode(value: Value) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(128);
    match encode_value(&plain(value), &mut bytes) {
        Ok(()) => bytes,
        // Too deep, which an answer of the host's own never is.
        Err(error) => {
            bytes.clear();
            let _ = encode_value(&failure("failed", &error.to_string()), &mut bytes);
            bytes
        }
    }
}

/// What a plugin gets in place of an answer.
pub(super) fn failure(kind: &str, message: &str) -> Value {
    Value::map([("kind", kind), ("message", message)])
}

fn plain(value: Value) -> Value {
    match value {
        Value::Array(values) => Value::Array(values.into_iter().map(plain).collect()),
        Value::Map(entries) => {
            Value::Map(entries.into_iter().map(|(key, value)| (plain(key), plain(value))).collect())
        }
        Value::Class(name) => Value::String(name),
        Value::Exception(exception) => {
            Value::map([("class", exception.class), ("message", exception.message)])
        }
        Value::Object(_) => Value::Nil,
        other => other,
    }
}

/// Keys of results on the wire are symbols, and a struct's fields come from the plugin as strings.
pub(super) fn with_symbol_keys(value: Value) -> Value {
    let key = |key| match key {
        Value::String(name) => Value::Symbol(name.into()),
        other => other,
    };
    match value {
        Value::Array(values) => Value::Array(values.into_iter().map(with_symbol_keys).collect()),
        Value::Map(entries) => Value::Map(
            entries.into_iter().map(|(name, value)| (key(name), with_symbol_keys(value))).collect(),
        ),
        other => other,
    }
}
