//! A Value under serde. Other formats (a JSON log) see it plainly: symbols and names of objects as strings, keys of maps as
//! strings. Our own `to_value` and `from_value` carry it through as it is, objects too.

use crate::{Value, ValueError};
use serde::de::{Deserialize, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor};
use serde::ser::{Error as _, Serialize, SerializeMap, Serializer};
use std::{cell::RefCell, fmt};

/// What our own serializer and deserializer know a whole value by.
pub(crate) const VALUE: &str = "$chaos_kitty::Value";

thread_local! {
    /// serde has no way through for a value that is already what it should become, so it waits here while serde passes a
    /// newtype of the name above from one end to the other.
    static CARRIED: RefCell<Carried> = const { RefCell::new(Carried::Nothing) };
}

enum Carried {
    Nothing,
    /// Our serializer is ready to take a whole value.
    Wanted,
    /// A whole value on its way.
    Whole(Value),
}

/// Our serializer's side: `serialize` is to put the value where this takes it from.
pub(crate) fn carry(serialize: impl FnOnce() -> Result<Value, ValueError>) -> Result<Value, ValueError> {
    CARRIED.set(Carried::Wanted);
    let plain = serialize();
    match CARRIED.replace(Carried::Nothing) {
        Carried::Whole(value) => Ok(value),
        Carried::Wanted | Carried::Nothing => plain,
    }
}

/// Our deserializer's side.
pub(crate) fn offer(value: Value) {
    CARRIED.set(Carried::Whole(value));
}

/// A value as other formats see it, unless our own serializer wants it whole.
struct Plain<'a>(&'a Value);

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(VALUE, &Plain(self))
    }
}

impl Serialize for Plain<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let wanted = CARRIED.with_borrow_mut(|carried| {
            let wanted = matches!(carried, Carried::Wanted);
            if wanted {
                *carried = Carried::Whole(self.0.clone());
            }
            wanted
        });
        if wanted {
            return serializer.serialize_unit();
        }
        match self.0 {
            Value::Nil => serializer.serialize_unit(),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Int(value) => serializer.serialize_i64(*value),
            Value::UInt(value) => serializer.serialize_u64(*value),
            Value::Float(value) => serializer.serialize_f64(*value),
            Value::String(text) | Value::Class(text) => serializer.serialize_str(text),
            Value::Symbol(name) => serializer.serialize_str(name),
            Value::Binary(bytes) => serializer.serialize_bytes(bytes),
            Value::Array(values) => serializer.collect_seq(values.iter().map(Plain)),
            Value::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in entries {
                    map.serialize_entry(
                        &key_of(key).ok_or_else(|| {
                            S::Error::custom(format_args!("{} cannot be the key of a map here", key.kind()))
                        })?,
                        &Plain(value),
                    )?;
                }
                map.end()
            }
            Value::Exception(exception) => {
                let mut map = serializer.serialize_map(Some(3))?;
                map.serialize_entry("class", &exception.class)?;
                map.serialize_entry("message", &exception.message)?;
                map.serialize_entry("backtrace", &exception.backtrace)?;
                map.end()
            }
            Value::Object(object) => serializer.collect_str(object),
        }
    }
}

fn key_of(key: &Value) -> Option<String> {
    match key {
        Value::Nil => Some("nil".into()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Int(value) => Some(value.to_string()),
        Value::UInt(value) => Some(value.to_string()),
        Value::Float(value) => Some(value.to_string()),
        Value::String(text) | Value::Class(text) => Some(text.clone()),
        Value::Symbol(name) => Some(name.to_string()),
        Value::Object(object) => Some(object.to_string()),
        Value::Binary(_) | Value::Array(_) | Value::Map(_) | Value::Exception(_) => None,
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_newtype_struct(VALUE, Whole)
    }
}

struct Whole;

impl<'de> Visitor<'de> for Whole {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(match CARRIED.replace(Carried::Nothing) {
            Carried::Whole(value) => value,
            Carried::Wanted | Carried::Nothing => Value::Nil,
        })
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(Whole)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Nil)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(Whole)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Value, E> {
        Ok(Value::Binary(bytes.into()))
    }

    fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<Value, E> {
        Ok(Value::Binary(bytes))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = elements.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = pairs.next_entry()? {
            entries.push(entry);
        }
        Ok(Value::Map(entries))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, choice: A) -> Result<Value, A::Error> {
        let (variant, content): (Value, _) = choice.variant()?;
        Ok(Value::Map(vec![(variant, content.newtype_variant()?)]))
    }
}
