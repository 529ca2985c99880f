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
