//! Parameters, read into an author's type.

use std::vec;

use serde::de::value::StringDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, IntoDeserializer, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use crate::Value;
use crate::mistake::Mistake;

/// A value that knows what is wrong with it, and where: MessagePack's own reader knows neither the names that would have been
/// right nor the way to the wrong one.
pub(crate) struct Reader(pub(crate) Value);

impl<'de> Deserializer<'de> for Reader {
    type Error = Mistake;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match self.0 {
            Value::Nil => visitor.visit_unit(),
            Value::Bool(truth) => visitor.visit_bool(truth),
            Value::Int(number) => match u64::try_from(number) {
                Ok(number) => visitor.visit_u64(number),
                Err(_) => visitor.visit_i64(number),
            },
            Value::UInt(number) => visitor.visit_u64(number),
            Value::Float(number) => visitor.visit_f64(number),
            Value::String(text) => visitor.visit_string(text),
            Value::Symbol(symbol) => visitor.visit_str(symbol.as_str()),
            Value::Binary(bytes) => visitor.visit_byte_buf(bytes),
            Value::Array(values) => {
                let length = values.len();
                let mut elements = Elements { values: values.into_iter(), index: 0 };
                let value = visitor.visit_seq(&mut elements)?;
                if elements.values.len() == 0 {
                    return Ok(value);
                }
                let most = format!("{} at most", elements.index);
                Err(Mistake::invalid_length(length, &&*most))
            }
            Value::Map(entries) => visitor.visit_map(Entries { entries: entries.into_iter(), entry: None }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        if self.0 == Value::Nil { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        visitor.visit_newtype_struct(self)
    }

    /// A word, or a table whose only key it is.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        match self.0 {
            Value::String(word) => visitor.visit_enum(Chosen { word, content: None }),
            Value::Map(entries) if entries.len() == 1 => {
                let mut entries = entries.into_iter();
                let (word, content) = entries.next().unwrap_or((Value::Nil, Value::Nil));
                visitor.visit_enum(Chosen { word: name(&word), content: Some(content) })
            }
            other => Reader(other).deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

/// Of a list.
struct Elements {
    values: vec::IntoIter<Value>,
    index: usize,
}

impl<'de> SeqAccess<'de> for Elements {
    type Error = Mistake;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Mistake> {
        let Some(value) = self.values.next() else { return Ok(None) };
        let read = seed.deserialize(Reader(value)).map_err(|mistake| mistake.at(self.index))?;
        self.index += 1;
        Ok(Some(read))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.values.len())
    }
}

/// Of a table, and the one whose key has been read.
struct Entries {
    entries: vec::IntoIter<(Value, Value)>,
    entry: Option<(String, Value)>,
}

impl<'de> MapAccess<'de> for Entries {
    type Error = Mistake;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Mistake> {
        let Some((key, value)) = self.entries.next() else { return Ok(None) };
        let name = name(&key);
        let read = seed.deserialize(Reader(key)).map_err(|mistake| mistake.within(&name))?;
        self.entry = Some((name, value));
        Ok(Some(read))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Mistake> {
        let (name, value) = self.entry.take().unwrap_or((String::new(), Value::Nil));
        seed.deserialize(Reader(value)).map_err(|mistake| mistake.within(&name))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len())
    }
}

/// A variant, and what belongs to it.
struct Chosen {
    word: String,
    content: Option<Value>,
}

/// What belongs to a variant.
struct Content {
    word: String,
    content: Option<Value>,
}

impl<'de> EnumAccess<'de> for Chosen {
    type Error = Mistake;
    type Variant = Content;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Content), Mistake> {
        let Self { word, content } = self;
        let reader: StringDeserializer<Mistake> = word.clone().into_deserializer();
        let read = seed.deserialize(reader);
        // In a table the word is a key.
        let read = if content.is_some() { read.map_err(|mistake| mistake.within(&word)) } else { read };
        Ok((read?, Content { word, content }))
    }
}

impl Content {
    fn read<T>(self, read: impl FnOnce(Reader) -> Result<T, Mistake>) -> Result<T, Mistake> {
        let Self { word, content } = self;
        let alone = content.is_none();
        let read = read(Reader(content.unwrap_or(Value::Nil)));
        if alone { read } else { read.map_err(|mistake| mistake.within(&word)) }
    }
}

impl<'de> VariantAccess<'de> for Content {
    type Error = Mistake;

    fn unit_variant(self) -> Result<(), Mistake> {
        self.read(|reader| match reader.0 {
            Value::Nil => Ok(()),
            _ => Err(Mistake::invalid_type(Unexpected::Map, &"a word alone")),
        })
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Mistake> {
        self.read(|reader| seed.deserialize(reader))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Mistake> {
        self.read(|reader| reader.deserialize_any(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        self.read(|reader| reader.deserialize_any(visitor))
    }
}

/// A key, which TOML writes as a text.
fn name(key: &Value) -> String {
    key.as_str().map_or_else(|| key.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "snake_case")]
    #[allow(dead_code, reason = "what counts is how it is read")]
    enum Step {
        Wait,
        Strike { times: u8 },
        Name(String),
    }

    #[derive(Debug, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Parameters {
        steps: Vec<Step>,
        pair: (i64, f64),
        loud: Option<bool>,
    }

    impl Default for Parameters {
        fn default() -> Self {
            Self { steps: Vec::new(), pair: (0, 0.0), loud: None }
        }
    }

    fn read(name: &str, value: impl Into<Value>) -> Result<Parameters, Error> {
        let table = Value::from([(name, value)]);
        Parameters::deserialize(Reader(table)).map_err(Mistake::into_error)
    }

    #[test]
    fn words_and_tables_are_variants() {
        let steps = vec![
            Value::from("wait"),
            Value::from([("strike", Value::from([("times", 3)]))]),
            Value::from([("name", "cat")]),
        ];
        let shown = format!("{:?}", read("steps", steps).unwrap().steps);
        assert_eq!(shown, "[Wait, Strike { times: 3 }, Name(\"cat\")]");
        assert_eq!(read("pair", vec![Value::Int(-1), Value::Int(2)]).unwrap().pair, (-1, 2.0));
        assert_eq!(read("loud", true).unwrap().loud, Some(true));
    }

    #[test]
    fn a_mistake_is_told_with_its_path_in_words_of_the_file() {
        let strike = |key: &str, value: Value| {
            Value::Array(vec!["wait".into(), Value::from([("strike", Value::from([(key, value)]))])])
        };
        for (error, told) in [
            (read("pear", 1), "pear: unknown field `pear`, expected one of `steps`, `pair`, `loud`"),
            (read("loud", "very"), "loud: the text \"very\" is not true or false"),
            (read("steps", 3), "steps: 3 is not an array"),
            (
                read("steps", vec!["wiat"]),
                "steps[0]: unknown variant `wiat`, expected one of `wait`, `strike`, `name`",
            ),
            (
                read("steps", strike("times", 300.into())),
                "steps[1].strike.times: 300 is not a whole number from 0 to 255",
            ),
            (
                read("steps", strike("tiems", 3.into())),
                "steps[1].strike.tiems: unknown field `tiems`, expected `times`",
            ),
            (read("steps", vec![Value::from([("wait", 1)])]), "steps[0].wait: a table is not a word alone"),
            (read("pair", vec![1, 2, 3]), "pair: invalid length 3, expected 2 at most"),
        ] {
            assert_eq!(error.unwrap_err().to_string(), told);
        }
    }
}
