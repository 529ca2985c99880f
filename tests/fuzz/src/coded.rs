//! Coded: what the codec reads and writes, a value or a message.

use chaos_kitty_bus::{Limits, Message, ProtocolError, Value, decode_value, encode_value};
use std::fmt::Debug;

/// What the codec reads and writes.
pub trait Coded: Debug + PartialEq + Sized {
    /// Its bytes.
    fn encoded(&self) -> Result<Vec<u8>, ProtocolError>;
    /// It, of its bytes.
    fn decoded(bytes: &[u8], limits: &Limits) -> Result<Self, ProtocolError>;

    /// Whether this is the other; unlike with `==`, what is not a number is itself.
    fn is(&self, other: &Self) -> bool {
        self == other || format!("{self:?}") == format!("{other:?}")
    }

    /// What comes back is what was sent, also a second time.
    fn comes_back_from(&self, bytes: &[u8]) {
        let back = Self::decoded(bytes, &Limits::default()).expect("what was encoded decodes");
        assert!(self.is(&back), "{self:?} came back as {back:?}");
        assert_eq!(back.encoded().expect("what was decoded encodes"), bytes, "{self:?} has two encodings");
    }
}

impl Coded for Value {
    fn encoded(&self) -> Result<Vec<u8>, ProtocolError> {
        let mut bytes = Vec::new();
        encode_value(self, &mut bytes).map(|()| bytes)
    }

    fn decoded(bytes: &[u8], limits: &Limits) -> Result<Value, ProtocolError> {
        decode_value(bytes, limits)
    }
}

impl Coded for Message {
    fn encoded(&self) -> Result<Vec<u8>, ProtocolError> {
        let mut bytes = Vec::new();
        self.encode(&mut bytes).map(|()| bytes)
    }

    fn decoded(bytes: &[u8], limits: &Limits) -> Result<Message, ProtocolError> {
        Message::decode(bytes, limits)
    }
}
