//! What a peer received, cut into messages.

use chaos_kitty_bus::{Limits, Message, ProtocolError};

/// The messages that bytes of ours come to.
///
/// # Panics
/// If they are anything else.
pub fn messages(mut bytes: &[u8]) -> Vec<Message> {
    let mut messages = Vec::new();
    while !bytes.is_empty() {
        let rest = match Message::decode(bytes, &Limits::default()) {
            Err(ProtocolError::TrailingBytes { count }) => count,
            _ => 0,
        };
        let (message, others) = bytes.split_at(bytes.len() - rest);
        messages
            .push(Message::decode(message, &Limits::default()).expect("it writes messages and nothing else"));
        bytes = others;
    }
    messages
}
