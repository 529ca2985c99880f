//! from_value: a Value to a type of one's own. Field names and variants are found by symbol or string.

use crate::{Value, ValueError, plain};
use serde::de::{
    self, DeserializeOwned, Deserializer, EnumAccess, Error as _, IntoDeserializer, VariantAccess, Visitor,
    value::{MapDeserializer, SeqDeserializer},
};

/// Turns a value into a type: fields and variants by symbol or string, strings from either, floats from integers, nil as
/// `None`, a binary as bytes.
///
/// # Errors
/// What does not fit, in serde's words. For the path to it, give the value itself, a [`Deserializer`], to
/// `serde_path_to_error`.
pub fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, ValueError> {
    T::deserialize(value)
}

impl<'de> IntoDeserializer<'de, ValueError> for Value {
    type Deserializer = Value;

    fn into_deserializer(self) -> Value {
        self
    }
}

/// Bytes that serde asks for as such, or as a sequence of numbers.
fn visit_sequence<'de, V: Visitor<'de>>(values: Vec<Value>, visitor: V) -> Result<V::Value, ValueError> {
    let mut elements = SeqDeserializer::new(values.into_iter());
    let value = visitor.visit_seq(&mut elements)?;
    elements.end()?;
    Ok(value)
}

impl<'de> Deserializer<'de> for Value {
    type Error = ValueError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        match self {
            Value::Nil => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Int(value) => visitor.visit_i64(value),
            Value::UInt(value) => visitor.visit_u64(value),
            Value::Float(value) => visitor.visit_f64(value),
            Value::String(text) | Value::Class(text) => visitor.visit_string(text),
            Value::Symbol(name) => visitor.visit_str(&name),
            Value::Binary(bytes) => visitor.visit_byte_buf(bytes),
            Value::Array(values) => visit_sequence(values, visitor),
            Value::Map(entries) => {
                let mut pairs = MapDeserializer::new(entries.into_iter());
                let value = visitor.visit_map(&mut pairs)?;
                pairs.end()?;
                Ok(value)
            }
            Value::Exception(exception) => Value::map([
                ("class", Value::from(exception.class)),
                ("message", exception.message.into()),
                ("backtrace", exception.backtrace.into()),
            ])
            .deserialize_any(visitor),
            Value::Object(_) => {
                Err(ValueError::custom("an object can only be taken as a Value, not as another type"))
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        match self {
            Value::Nil => visitor.visit_none(),
            value => visitor.visit_some(value),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        if name == plain::VALUE {
            plain::offer(self);
            return visitor.visit_unit();
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        match self {
            Value::Map(entries) => match <[(Value, Value); 1]>::try_from(entries) {
                Ok([(variant, content)]) => visitor.visit_enum(Variant { variant, content: Some(content) }),
                Err(entries) => Err(ValueError::custom(format_args!(
                    "a variant is a name or a map of one entry, and this map has {}",
                    entries.len()
                ))),
            },
            variant => visitor.visit_enum(Variant { variant, content: None }),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

struct Variant {
    variant: Value,
    content: Option<Value>,
}

impl<'de> EnumAccess<'de> for Variant {
    type Error = ValueError;
    type Variant = Content;

    fn variant_seed<T: de::DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Content), ValueError> {
        Ok((seed.deserialize(self.variant)?, Content(self.content)))
    }
}

struct Content(Option<Value>);

impl Content {
    fn there(self) -> Result<Value, ValueError> {
        self.0
            .ok_or_else(|| ValueError::custom("this variant has a content: give a map of its name and that"))
    }
}

impl<'de> VariantAccess<'de> for Content {
    type Error = ValueError;

    fn unit_variant(self) -> Result<(), ValueError> {
        match self.0 {
            None | Some(Value::Nil) => Ok(()),
            Some(content) => {
                Err(ValueError::custom(format_args!("this variant has no content, found {}", content.kind())))
            }
        }
    }

    fn newtype_variant_seed<T: de::DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, ValueError> {
        seed.deserialize(self.there()?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, ValueError> {
        self.there()?.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        self.there()?.deserialize_any(visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Object, ObjectName, Symbol, to_value};
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    #[serde(rename_all = "snake_case")]
    enum Effect {
        Stop,
        Delay(f64),
        Signal { name: Symbol, times: u8 },
    }

    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    struct Strike {
        victim: String,
        effects: Vec<Effect>,
        lease: Option<f64>,
        kind: Symbol,
        whatever: Value,
    }

    fn strike() -> Strike {
        Strike {
            victim: "tom".into(),
            effects: vec![Effect::Stop, Effect::Delay(0.5), Effect::Signal { name: "TERM".into(), times: 2 }],
            lease: None,
            kind: "hairball".into(),
            whatever: Value::Array(vec![
                Symbol::from("s").into(),
                Value::Binary(vec![1, 255]),
                Value::Object(Object::Name(ObjectName::Number(7))),
                Value::Class("String".into()),
            ]),
        }
    }

    #[test]
    fn a_type_becomes_symbols_and_comes_back_whole() {
        let value = to_value(&strike()).unwrap();
        let expected = Value::map([
            ("victim", Value::from("tom")),
            (
                "effects",
                Value::Array(vec![
                    Symbol::from("stop").into(),
                    Value::map([("delay", 0.5)]),
                    Value::map([(
                        "signal",
                        Value::map([("name", Value::from(Symbol::from("TERM"))), ("times", 2.into())]),
                    )]),
                ]),
            ),
            ("lease", Value::Nil),
            ("kind", Symbol::from("hairball").into()),
            ("whatever", strike().whatever),
        ]);
        assert_eq!(value, expected);
        assert_eq!(from_value::<Strike>(value).unwrap(), strike());
    }

    #[test]
    fn string_keys_and_integers_for_floats_are_taken_too() {
        #[derive(Deserialize, Debug, PartialEq)]
        struct Delay {
            duration: f64,
            label: String,
        }
        let value = Value::Map(vec![
            ("duration".into(), 2.into()),
            (Symbol::from("label").into(), Symbol::from("slow").into()),
        ]);
        assert_eq!(from_value::<Delay>(value).unwrap(), Delay { duration: 2.0, label: "slow".into() });
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let error = from_value::<Strike>(Value::map([("victim", 3)])).unwrap_err();
        assert!(error.to_string().contains("integer `3`, expected a string"), "{error}");
    }

    #[test]
    fn json_sees_a_value_plainly_and_gives_one_back() {
        let value = Value::Map(vec![
            (Symbol::from("signal").into(), Symbol::from("TERM").into()),
            (
                1.into(),
                Value::Array(vec![1.5.into(), Value::Nil, Value::Object(Object::Name("victim".into()))]),
            ),
        ]);
        let json = serde_json::to_string(&value).unwrap();
        assert_eq!(json, r#"{"signal":"TERM","1":[1.5,null,"victim"]}"#);
        let back: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(back.get("signal"), Some(&Value::from("TERM")));
        assert_eq!(back.get("1").unwrap().as_array().unwrap()[1], Value::Nil);
    }

    #[test]
    fn a_value_goes_through_serde_as_it_is() {
        let value = strike().whatever;
        assert_eq!(to_value(&value).unwrap(), value);
        assert_eq!(from_value::<Value>(value.clone()).unwrap(), value);
        assert_eq!(to_value(&Some(&value)).unwrap(), value);
    }
}
