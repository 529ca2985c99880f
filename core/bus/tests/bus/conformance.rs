//! The codec against the recordings of the Ruby system: bytes to meaning, and meaning to the same bytes.

use crate::recording;
use chaos_kitty_bus::{Limits, Message};

fn conform(name: &str, messages: usize) {
    let entries = recording::read(name);
    assert_eq!(entries.len(), messages, "{name} has lost or gained messages");
    for entry in entries {
        let meant = entry.message();
        assert_eq!(Message::decode(&entry.bytes, &Limits::default()).unwrap(), meant);
        let mut bytes = Vec::new();
        meant.encode(&mut bytes).unwrap();
        assert_eq!(bytes, entry.bytes, "{meant:?}");
    }
}

#[test]
fn every_message() {
    conform("every-message", 34);
}

#[test]
fn the_operators_session() {
    conform("operator-session", 22);
}

#[test]
fn the_victims_session() {
    conform("victim-session", 14);
}
