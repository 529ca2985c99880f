//! to_value: a type of one's own to a Value. Field names and unit variants become symbols.

use crate::{Symbol, Value, ValueError, plain, symbol::SYMBOL};
use serde::ser::{
    self, Error as _, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant,
};

/// Turns a type into a value: field names and unit variants into symbols, `None` into nil, bytes into a binary; symbols and
/// values within it stay what they are.
///
/// # Errors
/// What the type's own `Serialize` says, and an integer beyond 64 bits.
pub fn to_value<T: Serialize + ?Sized>(value: &T) -> Result<Value, ValueError> {
    value.serialize(Serializer)
}

struct Serializer;

type Serialized = Result<Value, ValueError>;

/// A sequence, or the fields of a struct, so far; and the variant that they belong to.
struct Collect {
    variant: Option<&'static str>,
    values: Vec<Value>,
}

/// The entries of a map so far; and the variant that they belong to.
struct Entries {
    variant: Option<&'static str>,
    key: Option<Value>,
    entries: Vec<(Value, Value)>,
}

impl Collect {
    fn new(variant: Option<&'static str>) -> Result<Collect, ValueError> {
        Ok(Collect { variant, values: Vec::new() })
    }

    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ValueError> {
        self.values.push(to_value(value)?);
        Ok(())
    }

    fn done(self) -> Serialized {
        Ok(under(self.variant, Value::Array(self.values)))
    }
}

impl Entries {
    fn new(variant: Option<&'static str>) -> Result<Entries, ValueError> {
        Ok(Entries { variant, key: None, entries: Vec::new() })
    }

    fn field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), ValueError> {
        self.entries.push((Value::Symbol(key.into()), to_value(value)?));
        Ok(())
    }

    fn done(self) -> Serialized {
        Ok(under(self.variant, Value::Map(self.entries)))
    }
}

fn under(variant: Option<&'static str>, value: Value) -> Value {
    match variant {
        Some(variant) => Value::map([(variant, value)]),
        None => value,
    }
}

impl ser::Serializer for Serializer {
    type Ok = Value;
    type Error = ValueError;
    type SerializeSeq = Collect;
    type SerializeTuple = Collect;
    type SerializeTupleStruct = Collect;
    type SerializeTupleVariant = Collect;
    type SerializeMap = Entries;
    type SerializeStruct = Entries;
    type SerializeStructVariant = Entries;

    fn serialize_bool(self, v: bool) -> Serialized {
        Ok(v.into())
    }
    fn serialize_i8(self, v: i8) -> Serialized {
        Ok(Value::Int(v.into()))
    }
    fn serialize_i16(self, v: i16) -> Serialized {
        Ok(Value::Int(v.into()))
    }
    fn serialize_i32(self, v: i32) -> Serialized {
        Ok(v.into())
    }
    fn serialize_i64(self, v: i64) -> Serialized {
        Ok(v.into())
    }
    fn serialize_i128(self, v: i128) -> Serialized {
        i64::try_from(v)
            .map(Value::Int)
            .or_else(|_| u64::try_from(v).map(Value::from))
            .map_err(ValueError::custom)
    }
    fn serialize_u8(self, v: u8) -> Serialized {
        Ok(Value::Int(v.into()))
    }
    fn serialize_u16(self, v: u16) -> Serialized {
        Ok(Value::Int(v.into()))
    }
    fn serialize_u32(self, v: u32) -> Serialized {
        Ok(v.into())
    }
    fn serialize_u64(self, v: u64) -> Serialized {
        Ok(v.into())
    }
    fn serialize_u128(self, v: u128) -> Serialized {
        u64::try_from(v).map(Value::from).map_err(ValueError::custom)
    }
    fn serialize_f32(self, v: f32) -> Serialized {
        Ok(Value::Float(v.into()))
    }
    fn serialize_f64(self, v: f64) -> Serialized {
        Ok(v.into())
    }
    fn serialize_char(self, v: char) -> Serialized {
        Ok(Value::String(v.into()))
    }
    fn serialize_str(self, v: &str) -> Serialized {
        Ok(v.into())
    }
    fn serialize_bytes(self, v: &[u8]) -> Serialized {
        Ok(Value::Binary(v.into()))
    }
    fn serialize_none(self) -> Serialized {
        Ok(Value::Nil)
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Serialized {
        to_value(value)
    }
    fn serialize_unit(self) -> Serialized {
        Ok(Value::Nil)
    }
    fn serialize_unit_struct(self, _: &'static str) -> Serialized {
        Ok(Value::Nil)
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Serialized {
        Ok(Value::Symbol(variant.into()))
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Serialized {
        match name {
            SYMBOL => match to_value(value)? {
                Value::String(name) => Ok(Value::Symbol(Symbol::from(name))),
                other => Ok(other),
            },
            plain::VALUE => plain::carry(|| to_value(value)),
            _ => to_value(value),
        }
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Serialized {
        Ok(under(Some(variant), to_value(value)?))
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Collect, ValueError> {
        Collect::new(None)
    }
    fn serialize_tuple(self, _: usize) -> Result<Collect, ValueError> {
        Collect::new(None)
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Collect, ValueError> {
        Collect::new(None)
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Collect, ValueError> {
        Collect::new(Some(variant))
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Entries, ValueError> {
        Entries::new(None)
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Entries, ValueError> {
        Entries::new(None)
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Entries, ValueError> {
        Entries::new(Some(variant))
    }
}

macro_rules! collect {
    ($($kind:ident $push:ident),*) => {$(
        impl $kind for Collect {
            type Ok = Value;
            type Error = ValueError;
            fn $push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ValueError> {
                self.push(value)
            }
            fn end(self) -> Serialized {
                self.done()
            }
        }
    )*};
}
collect!(
    SerializeSeq serialize_element, SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field, SerializeTupleVariant serialize_field
);

macro_rules! fields {
    ($($kind:ident),*) => {$(
        impl $kind for Entries {
            type Ok = Value;
            type Error = ValueError;
            fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), ValueError> {
                self.field(key, value)
            }
            fn end(self) -> Serialized {
                self.done()
            }
        }
    )*};
}
fields!(SerializeStruct, SerializeStructVariant);

impl SerializeMap for Entries {
    type Ok = Value;
    type Error = ValueError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), ValueError> {
        self.key = Some(to_value(key)?);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ValueError> {
        let key = self.key.take().ok_or_else(|| ValueError::custom("a map's value came before its key"))?;
        self.entries.push((key, to_value(value)?));
        Ok(())
    }

    fn end(self) -> Serialized {
        self.done()
    }
}
