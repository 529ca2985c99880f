//! The bytes that cross the boundary: MessagePack with struct fields by name.

use chaos_kitty_abi::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Error, Result};

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

/// Like [`from_bytes`], and an error names the parameter that it is about.
pub(crate) fn parameters<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let mut deserializer = rmp_serde::Deserializer::from_read_ref(bytes).with_human_readable();
    serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let path = if path == "." { "" } else { &path };
        match error.into_inner() {
            rmp_serde::decode::Error::TypeMismatch(marker) => {
                Error::parameter(path, format!("{} is not what belongs here", kind(&format!("{marker:?}"))))
            }
            other => Error::parameter(path, other),
        }
    })
}

/// What somebody wrote who has never heard of MessagePack, from the name of its marker.
fn kind(marker: &str) -> &'static str {
    match marker.trim_start_matches("Fix") {
        name if name.starts_with("Str") => "a text",
        name if name.starts_with("Map") => "a table",
        name if name.starts_with("Array") => "an array",
        "True" | "False" => "true or false",
        "F32" | "F64" => "a fraction",
        "Null" => "nothing",
        _ => "a whole number",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_the_wrong_type_is_told_in_words_of_the_file() {
        #[derive(Debug, serde::Deserialize)]
        #[allow(dead_code)]
        struct Parameters {
            times: u32,
        }
        let read = |value: crate::Value| {
            let bytes = to_bytes(&std::collections::BTreeMap::from([("times", value)])).unwrap();
            parameters::<Parameters>(&bytes).unwrap_err().to_string()
        };
        assert_eq!(read("3".into()), "times: a text is not what belongs here");
        assert!(read(true.into()).starts_with("times: "), "{}", read(true.into()));
    }
}
