//! Decoding: bytes to a value.

use crate::{Limits, ProtocolError, Value};

/// Reads one value, and nothing after it.
pub fn decode_value(bytes: &[u8], limits: &Limits) -> Result<Value, ProtocolError> {
    todo!("{bytes:?} {limits:?}")
}
