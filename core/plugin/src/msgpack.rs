//! The bytes that cross the boundary: MessagePack with struct fields by name.

use chaos_kitty_abi::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::mistake::Mistake;
use crate::reader::Reader;
use crate::{Result, Value};

/// Types that know a readable form (addresses, identifiers) use it both ways, since configuration is text.
pub(crate) fn to_bytes<T: Serialize + ?Sized>(value: &T) -> Result<Bytes> {
    let mut bytes = Vec::with_capacity(128);
    let mut serializer = rmp_serde::Serializer::new(&mut bytes).with_struct_map().with_human_readable();
    value.serialize(&mut serializer)?;
    Ok(bytes.into())
}

pub(crate) fn from_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let mut deserializer = rmp_serde::Deserializer::from_read_ref(bytes).with_human_readable();
    Ok(T::deserialize(&mut deserializer)?)
}

/// Like [`from_bytes`], and an error says what is wrong with which parameter.
pub(crate) fn parameters<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    T::deserialize(Reader(from_bytes::<Value>(bytes)?)).map_err(Mistake::into_error)
}
