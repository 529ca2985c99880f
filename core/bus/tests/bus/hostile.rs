//! Hostile and broken bytes: one message that cannot be read is answered where its caller is known, and the rest goes on;
//! where the next one cannot be found, the connection ends.

use crate::peer::Peer;
use crate::recording::unhex;
use chaos_kitty_bus::{Closed, Limits, Message, ProtocolError, Request};

/// An Invoke of `thing.echo` under 9 with this for its argument, and no options.
fn invoke(argument: &[u8], rest: &[u8]) -> Vec<u8> {
    let mut payload = unhex("09c705207468696e6702d6206563686f");
    payload.extend(argument);
    payload.extend(rest);
    let mut bytes = vec![0xc7, payload.len() as u8, 0];
    bytes.extend(payload);
    bytes
}

const END: &[u8] = &[0, 0xc2];

async fn answered(bytes: &[u8], expected: ProtocolError) {
    let (mut peer, _server) = Peer::client(Limits::default());
    peer.write(bytes).await;
    match peer.receive().await {
        Some(Message::Error { id: 9, exception }) => {
            assert_eq!((exception.class, exception.message), ("ArgumentError".into(), expected.to_string()));
        }
        other => panic!("{other:?}"),
    }
    peer.is_served(11).await;
}

#[tokio::test]
async fn a_call_that_cannot_be_read_is_answered_and_the_rest_goes_on() {
    use ProtocolError::*;
    answered(&invoke(&[0xa2, 0xff, 0xff], END), NotUtf8).await;
    answered(&invoke(&[0xd5, 0x20, 0xff, 0xff], END), NotUtf8).await;
    answered(&invoke(&[0xd4, 0x41, 0], END), UnknownExtension { code: 0x41 }).await;
    answered(&invoke(&[0xc1], END), ReservedMarker).await;
    answered(&invoke(&[1], &[0, 0xc2, 0, 0]), TrailingBytes { count: 2 }).await;
    answered(&invoke(&[0xdd, 0xff, 0xff, 0xff, 0xff], END), Truncated).await;
    answered(
        &invoke(&[0xd4, 0x10, 0xc0], END),
        WrongKind { expected: "an object's name, a symbol or a number", found: "nil" },
    )
    .await;
    answered(&invoke(&[1], &[0, 1]), WrongKind { expected: "whether there is a block", found: "an integer" })
        .await;
}

async fn disconnected(bytes: &[u8], expected: ProtocolError) {
    let (mut peer, server) = Peer::client(Limits::default());
    peer.is_served(1).await;
    peer.write(bytes).await;
    while peer.receive().await.is_some() {}
    match &*server.closed().await {
        Closed::Protocol(error) => assert_eq!(*error, expected),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_is_no_message_ends_the_connection() {
    use ProtocolError::*;
    disconnected(b"GET / HTTP/1.1\r\n", NotAMessage { byte: b'G' }).await;
    disconnected(&[0xd4, 0x07, 0], UnknownMessage { code: 0x07 }).await;
    disconnected(&[0xd5, 0x01, 1, 0xc1], ReservedMarker).await;
    disconnected(&[0xd5, 0x03, 1, 1], WrongKind { expected: "an exception", found: "an integer" }).await;
    disconnected(&[0xd4, 0x00, 0xc0], WrongKind { expected: "a transaction's number", found: "nil" }).await;
}

#[tokio::test]
async fn a_transaction_that_is_not_its_own_or_still_in_flight() {
    for (id, expected) in
        [(2, ProtocolError::ForeignTransaction { id: 2 }), (1, ProtocolError::DuplicateTransaction { id: 1 })]
    {
        let (mut peer, server) = Peer::client(Limits::default());
        peer.invoke(1, Request::new("wait")).await;
        peer.invoke(id, Request::new("echo")).await;
        match peer.receive().await {
            Some(Message::Error { id: told, exception }) => {
                assert_eq!((told, exception.message), (id, expected.to_string()));
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(peer.receive().await, None);
        assert!(matches!(&*server.closed().await, Closed::Protocol(error) if *error == expected));
    }
}

#[tokio::test]
async fn answers_to_nothing_are_dropped() {
    let (mut peer, server) = Peer::client(Limits::default());
    for id in [0, 1, 2, 77] {
        peer.send(Message::Return { id, result: 1.into() }).await;
        peer.send(Message::Yield { id, arguments: vec![] }).await;
        peer.send(Message::Next { id, result: 1.into() }).await;
        peer.send(Message::Close { id }).await;
        peer.send(Message::Throw { id, tag: 1.into(), value: 1.into() }).await;
    }
    peer.is_served(1).await;
    assert_eq!(server.strays().replies, 20, "and counted");
}
