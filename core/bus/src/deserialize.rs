//! from_value
use crate::{Value, ValueError};
use serde::de::DeserializeOwned;

/// A type of a value.
pub fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, ValueError> {
    todo!("{value:?}")
}
