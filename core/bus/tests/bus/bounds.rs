//! Bounds: a peer that breaks one is told where it can be, and disconnected; nobody else notices.

use crate::peer::{LONG, Peer, pair_with, things};
use crate::thing::{Thing, raised};
use chaos_kitty_bus::{
    Closed, Connection, Limits, Message, Object, ProtocolError, Request, Side, Symbol, Value,
};
use std::sync::Arc;

/// The peer hears on transaction `id` what it broke, and then nothing more.
async fn told(mut peer: Peer, id: u64, server: Connection, expected: ProtocolError) {
    loop {
        match peer.receive().await {
            Some(Message::Error { id: told, exception }) if told == id => {
                assert!(exception.message.contains(&expected.to_string()), "{}", exception.message);
                break;
            }
            Some(_) => {}
            None => panic!("closed without a word"),
        }
    }
    while peer.receive().await.is_some() {}
    broke(server, expected).await;
}

async fn broke(server: Connection, expected: ProtocolError) {
    match &*tokio::time::timeout(LONG, server.closed()).await.unwrap() {
        Closed::Protocol(error) => assert_eq!(*error, expected),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_claim_of_4_gib() {
    let (mut peer, server) = Peer::client(Limits::default());
    // Invoke, transaction 7, and not a byte more of the four billion.
    peer.write(&[0xc9, 0xff, 0xff, 0xff, 0xff, 0x00, 0x07]).await;
    told(peer, 7, server, ProtocolError::FrameTooLarge { bytes: 0xffff_ffff, limit: 4 << 20 }).await;
}

#[tokio::test]
async fn an_answer_that_claims_too_much() {
    let (mut peer, server) = Peer::client(Limits::default());
    peer.write(&[0xc9, 0xff, 0xff, 0xff, 0xff, 0x01]).await;
    assert_eq!(peer.receive().await, None);
    broke(server, ProtocolError::FrameTooLarge { bytes: 0xffff_ffff, limit: 4 << 20 }).await;
}

#[tokio::test]
async fn nesting() {
    let (mut peer, server) = Peer::client(Limits { depth: 8, ..Limits::default() });
    let nested = |depth| (0..depth).fold(Value::Nil, |inner, _| Value::Array(vec![inner]));
    peer.invoke(1, Request::new("klass").argument(nested(8))).await;
    assert!(matches!(peer.receive().await, Some(Message::Return { id: 1, .. })));
    peer.invoke(3, Request::new("klass").argument(nested(9))).await;
    told(peer, 3, server, ProtocolError::TooDeep { limit: 8 }).await;
}

#[tokio::test]
async fn nesting_without_end() {
    let (mut peer, server) = Peer::client(Limits::default());
    // Invoke 1 of :thing with [[[[…, a million deep.
    let mut bytes = vec![
        0xc9, 0, 0x0f, 0x42, 0x40, 0, 1, 0xc7, 5, 0x20, b't', b'h', b'i', b'n', b'g', 2, 0xd4, 0x20, b'a',
    ];
    bytes.resize(1_000_000 + 6, 0x91);
    peer.write(&bytes).await;
    told(peer, 1, server, ProtocolError::TooDeep { limit: 64 }).await;
}

#[tokio::test]
async fn values_in_a_message() {
    let (mut peer, server) = Peer::client(Limits { values: 100, ..Limits::default() });
    peer.invoke(1, Request::new("echo").argument(vec![0; 100])).await;
    told(peer, 1, server, ProtocolError::TooManyValues { limit: 100 }).await;
}

#[tokio::test]
async fn calls_in_flight() {
    let (mut peer, server) = Peer::client(Limits { transactions: 3, ..Limits::default() });
    for id in [1, 3, 5] {
        peer.invoke(id, Request::new("wait")).await;
    }
    peer.invoke(7, Request::new("echo")).await;
    told(peer, 7, server, ProtocolError::TooManyTransactions { limit: 3 }).await;
}

#[tokio::test]
async fn objects_that_it_has_us_bind() {
    let (mut peer, server) = Peer::client(Limits { objects: 2, ..Limits::default() });
    for id in [1, 3] {
        peer.invoke(id, Request::new("itself_ref")).await;
        assert!(matches!(peer.receive().await, Some(Message::Return { .. })));
    }
    peer.invoke(5, Request::new("itself_ref")).await;
    told(peer, 5, server, ProtocolError::TooManyObjects { limit: 2 }).await;
}

#[tokio::test]
async fn objects_that_it_has_us_hold() {
    let (mut peer, server) = Peer::client(Limits { objects: 2, ..Limits::default() });
    let references: Vec<Value> = (0..3).map(|n| Object::Reference((2 * n).into()).into()).collect();
    peer.invoke(1, Request::new("keep").argument(references)).await;
    told(peer, 1, server, ProtocolError::TooManyObjects { limit: 2 }).await;
}

#[tokio::test]
async fn bytes_for_a_peer_that_does_not_read() {
    let limits = Limits { queued_bytes: 1 << 20, ..Limits::default() };
    let (mut deaf, server) = Peer::client(limits);
    let (other, _server) = pair_with(limits, vec![], things());
    for id in 0..4 {
        deaf.invoke(2 * id + 1, Request::new("big").argument(500_000)).await;
    }
    broke(server, ProtocolError::TooManyQueuedBytes { limit: 1 << 20 }).await;
    assert!(other.proxy("thing").call(Request::new("echo"), LONG).await.is_ok(), "nobody else notices");
}

#[tokio::test]
async fn releases_for_a_peer_that_does_not_read() {
    let limits = Limits { queued_bytes: 1 << 20, objects: 200_000, ..Limits::default() };
    let (mut deaf, server) = Peer::client(limits);
    for id in [1, 3] {
        deaf.invoke(id, Request::new("big").argument(500_000)).await;
    }
    // An answer to nothing: each of its objects is released at once, on top of what waits already.
    let references: Vec<Value> =
        (0..150_000).map(|n| Object::Reference((2 * n + 100_000).into()).into()).collect();
    deaf.send(Message::Return { id: 2, result: references.into() }).await;
    broke(server, ProtocolError::TooManyQueuedBytes { limit: 1 << 20 }).await;
}

#[tokio::test]
async fn a_peer_that_reads_slowly_gets_everything() {
    let limits = Limits { queued_bytes: 4 << 20, ..Limits::default() };
    let (mut peer, server) = Peer::client(limits);
    for round in 0..8 {
        for id in 0..4 {
            peer.invoke(8 * round + 2 * id + 1, Request::new("big").argument(900_000)).await;
        }
        for id in 0..4 {
            match peer.receive().await {
                Some(Message::Return { id: told, result: Value::Binary(bytes) }) => {
                    assert_eq!((told, bytes.len()), (8 * round + 2 * id + 1, 900_000));
                }
                other => panic!("{:?}", other.is_some()),
            }
        }
    }
    assert!(server.ended().is_none());
}

#[tokio::test]
async fn yields_that_wait_for_no_answer() {
    let (mut peer, connection) = Peer::facing(Side::Client, Limits::default(), vec![]);
    let proxy = connection.proxy("thing");
    let call = tokio::spawn(async move {
        proxy.call_with_block(Request::new("each"), LONG, |_| Box::pin(std::future::pending())).await
    });
    assert!(matches!(peer.receive().await, Some(Message::Invoke { id: 1, .. })));
    let mut bytes = Vec::new();
    for _ in 0..100 {
        Message::Yield { id: 1, arguments: vec![] }.encode(&mut bytes).unwrap();
    }
    peer.write(&bytes).await;
    broke(connection, ProtocolError::TooManyYields { id: 1 }).await;
    call.abort();
}

#[tokio::test]
async fn an_answer_that_repeats_too_long_a_name_is_an_answer_still() {
    let limits = Limits { frame_bytes: 192, ..Limits::default() };
    let (client, _server) = pair_with(limits, vec![], vec![]);
    let nobody = client.proxy("x".repeat(160));
    let (class, message) = raised(nobody.call(Request::new("klass"), LONG).await);
    assert_eq!(class, "RuntimeError");
    assert!(message.contains("192 are allowed"), "{message}");
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_an_error_to_its_caller_alone() {
    let limits = Limits { frame_bytes: 1000, ..Limits::default() };
    let (client, _server) =
        pair_with(limits, vec![], vec![(Symbol::from("thing"), Arc::new(Thing::default()))]);
    let thing = client.proxy("thing");
    let (class, message) = raised(thing.call(Request::new("big").argument(1000), LONG).await);
    assert_eq!(class, "RuntimeError");
    assert!(message.contains("1000 are allowed"), "{message}");
    assert!(thing.call(Request::new("big").argument(900), LONG).await.is_ok());
}
