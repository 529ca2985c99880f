//! to_value
use crate::{Value, ValueError};
use serde::Serialize;

/// A value of a type.
pub fn to_value<T: Serialize + ?Sized>(value: &T) -> Result<Value, ValueError> {
    let _ = value;
    todo!()
}
