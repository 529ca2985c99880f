//! What an operator is answered: values of the host's, as the protocol has them.

use crate::gate::Refusal;
use chaos_kitty_bus::{Exception, Raise, Value, to_value};
use serde::Serialize;

/// What is answered in the place of what was asked for.
#[derive(Serialize)]
pub(super) struct Refused {
    pub(super) refused: Refusal,
}

/// Any value of the host's.
pub(super) fn value(serializable: &impl Serialize) -> Result<Value, Raise> {
    let value = to_value(serializable).map_err(|error| Exception::runtime(error.to_string()))?;
    Ok(symbols(value))
}

/// Keys of maps as symbols, as Ruby's keyword arguments and all results have them.
pub(super) fn symbols(value: Value) -> Value {
    match value {
        Value::Map(entries) => Value::Map(
            entries
                .into_iter()
                .map(|(key, value)| match key {
                    Value::String(key) => (Value::Symbol(key.into()), symbols(value)),
                    key => (key, symbols(value)),
                })
                .collect(),
        ),
        Value::Array(values) => Value::Array(values.into_iter().map(symbols).collect()),
        other => other,
    }
}
