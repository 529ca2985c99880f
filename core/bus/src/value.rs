//! Value: whatever may stand in a message as an argument, an option or a result.

use crate::{Exception, Object, Symbol};

/// An argument, an option or a result.
///
/// Strings, symbols and binaries are three kinds and stay so, on the wire and here. Integers have one form: [`Value::Int`]
/// for all that fit, [`Value::UInt`] only above `i64::MAX`, so that equal numbers are equal values; the `From`
/// implementations and the decoder keep to that.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// Nothing.
    #[default]
    Nil,
    /// True or false.
    Bool(bool),
    /// An integer; written in its shortest form.
    Int(i64),
    /// An integer above `i64::MAX`.
    UInt(u64),
    /// A float; always written with 64 bits.
    Float(f64),
    /// Text.
    String(String),
    /// Bytes that are no text.
    Binary(Vec<u8>),
    /// A name.
    Symbol(Symbol),
    /// Values in a row.
    Array(Vec<Value>),
    /// Pairs in the order in which they were given.
    Map(Vec<(Value, Value)>),
    /// A class, by its name. No class of a peer's is ever looked up.
    Class(String),
    /// An exception that is passed, not raised.
    Exception(Box<Exception>),
    /// An object that can be called.
    Object(Object),
}

impl Value {
    /// A map whose keys are symbols, as results and options are.
    pub fn map<K: Into<Symbol>, V: Into<Value>>(entries: impl IntoIterator<Item = (K, V)>) -> Value {
        Value::Map(
            entries.into_iter().map(|(key, value)| (Value::Symbol(key.into()), value.into())).collect(),
        )
    }

    /// The entry of a map under this key, be it a symbol or a string; nothing if this is no map.
    pub fn get(&self, key: &str) -> Option<&Value> {
        let entries = self.as_map()?;
        entries.iter().find(|(name, _)| name.as_str() == Some(key)).map(|(_, value)| value)
    }

    /// The text of a string or the name of a symbol.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            Value::Symbol(name) => Some(name),
            _ => None,
        }
    }

    /// True or false.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// A number as a float, where that loses nothing.
    pub fn as_f64(&self) -> Option<f64> {
        match *self {
            Value::Float(value) => Some(value),
            Value::Int(value) => (value as f64 as i128 == i128::from(value)).then_some(value as f64),
            Value::UInt(value) => (value as f64 as u128 == u128::from(value)).then_some(value as f64),
            _ => None,
        }
    }

    /// A number as an integer, where that loses nothing (a float without a fraction does not).
    pub fn as_i64(&self) -> Option<i64> {
        match *self {
            Value::Int(value) => Some(value),
            Value::Float(value) if value as i64 as f64 == value && value < i64::MAX as f64 => {
                Some(value as i64)
            }
            _ => None,
        }
    }

    /// A number as an integer that is not negative, where that loses nothing.
    pub fn as_u64(&self) -> Option<u64> {
        match *self {
            Value::Int(value) => value.try_into().ok(),
            Value::UInt(value) => Some(value),
            Value::Float(value) if value as u64 as f64 == value && value < u64::MAX as f64 => {
                Some(value as u64)
            }
            _ => None,
        }
    }

    /// The elements of an array.
    pub fn as_array(&self) -> Option<&[Value]> {
        match self {
            Value::Array(values) => Some(values),
            _ => None,
        }
    }

    /// The pairs of a map.
    pub fn as_map(&self) -> Option<&[(Value, Value)]> {
        match self {
            Value::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The object that can be called.
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Value::Object(object) => Some(object),
            _ => None,
        }
    }

    /// What kind of value this is, for people.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Nil => "nil",
            Value::Bool(_) => "a boolean",
            Value::Int(_) | Value::UInt(_) => "an integer",
            Value::Float(_) => "a float",
            Value::String(_) => "a string",
            Value::Binary(_) => "a binary",
            Value::Symbol(_) => "a symbol",
            Value::Array(_) => "an array",
            Value::Map(_) => "a map",
            Value::Class(_) => "a class",
            Value::Exception(_) => "an exception",
            Value::Object(_) => "an object",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_convert_only_where_nothing_is_lost() {
        assert_eq!(Value::Int(3).as_f64(), Some(3.0));
        assert_eq!(Value::Int((1 << 53) + 1).as_f64(), None);
        assert_eq!(Value::Float(3.0).as_i64(), Some(3));
        assert_eq!(Value::Float(3.5).as_i64(), None);
        assert_eq!(Value::Float(1e300).as_i64(), None);
        assert_eq!(Value::Float(f64::NAN).as_u64(), None);
        assert_eq!(Value::Int(-1).as_u64(), None);
        assert_eq!(Value::from(u64::MAX).as_u64(), Some(u64::MAX));
        assert_eq!(Value::from(u64::MAX).as_i64(), None);
        assert_eq!(Value::Int(i64::MAX).as_f64(), None);
    }

    #[test]
    fn an_entry_is_found_by_symbol_and_by_string() {
        let map = Value::Map(vec![("a".into(), 1.into()), (Symbol::from("b").into(), 2.into())]);
        assert_eq!(map.get("a"), Some(&Value::Int(1)));
        assert_eq!(map.get("b"), Some(&Value::Int(2)));
        assert_eq!(map.get("c"), None);
    }
}
