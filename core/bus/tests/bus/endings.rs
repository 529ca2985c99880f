//! Endings: out of time, closed, refused, cancelled; nothing is left behind, and each says which it was.

use crate::peer::{LONG, Peer, SHORT, pair, pair_with};
use crate::thing::Thing;
use chaos_kitty_bus::{CallError, Closed, Connection, Limits, Message, Request, Side, Symbol, Value};
use std::sync::Arc;
use tokio::sync::mpsc::UnboundedReceiver;

/// A client, and a server whose `wait` is watched.
fn watched() -> (Connection, Connection, UnboundedReceiver<&'static str>) {
    let (thing, watcher) = Thing::watched();
    let (client, server) = pair_with(Limits::default(), vec![], vec![(Symbol::from("thing"), thing)]);
    (client, server, watcher)
}

#[tokio::test]
async fn a_call_out_of_time_says_so() {
    let (client, _server, _watcher) = watched();
    match client.proxy("thing").call(Request::new("wait"), SHORT).await {
        Err(CallError::TimedOut { method, after }) => assert_eq!((&*method, after), ("wait", SHORT)),
        other => panic!("{other:?}"),
    }
    assert_eq!(client.transactions(), 0);
}

#[tokio::test]
async fn each_call_has_its_own_time() {
    let (client, _server, mut watcher) = watched();
    let thing = client.proxy("thing");
    let long = tokio::spawn({
        let thing = thing.clone();
        async move { thing.call(Request::new("wait"), LONG).await }
    });
    watcher.recv().await.unwrap();
    for _ in 0..2 {
        let short = thing.call(Request::new("wait"), SHORT).await;
        assert!(matches!(short, Err(CallError::TimedOut { .. })));
    }
    assert!(!long.is_finished());
    client.close("enough");
    assert!(matches!(long.await.unwrap(), Err(CallError::Closed { .. })));
}

#[tokio::test]
async fn a_late_answer_is_dropped() {
    let (mut peer, connection) = Peer::facing(Side::Client, Limits::default(), vec![]);
    let thing = connection.proxy("thing");
    assert!(thing.call(Request::new("echo"), SHORT).await.is_err());
    assert!(matches!(peer.receive().await, Some(Message::Invoke { id: 1, .. })));
    peer.send(Message::Return { id: 1, result: "late".into() }).await;
    let call = tokio::spawn(async move { thing.call(Request::new("echo"), LONG).await });
    assert!(matches!(peer.receive().await, Some(Message::Invoke { id: 3, .. })));
    peer.send(Message::Return { id: 3, result: "in time".into() }).await;
    assert_eq!(call.await.unwrap().unwrap(), Value::from("in time"));
}

#[tokio::test]
async fn closing_ends_the_calls_of_both_sides_and_drops_what_works_on_them() {
    let (client, server, mut watcher) = watched();
    let proxy = client.proxy("thing");
    let call = tokio::spawn(async move { proxy.call(Request::new("wait"), LONG).await });
    assert_eq!(watcher.recv().await, Some("begun"));
    client.close("the test is over");
    client.close("twice");
    match call.await.unwrap() {
        Err(error @ CallError::Closed { .. }) => {
            assert!(error.to_string().contains("closed here: the test is over"), "{error}");
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(&*server.closed().await, Closed::Peer));
    assert_eq!(watcher.recv().await, Some("dropped"));
    assert!(matches!(&*client.closed().await, Closed::Local { reason } if reason == "the test is over"));
    assert_eq!((client.transactions(), server.transactions()), (0, 0));
    let after = client.proxy("thing").call(Request::new("echo"), LONG).await;
    assert!(matches!(after, Err(CallError::Closed { .. })));
}

#[tokio::test]
async fn a_peer_that_dies_ends_the_calls_to_it() {
    let (mut peer, connection) = Peer::facing(Side::Server, Limits::default(), vec![]);
    let proxy = connection.proxy("victim");
    let call = tokio::spawn(async move { proxy.call(Request::new("delay"), LONG).await });
    peer.receive().await.unwrap();
    drop(peer);
    match call.await.unwrap() {
        Err(CallError::Closed { why, .. }) => assert!(matches!(&*why, Closed::Peer)),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_a_peer_said_before_it_left_still_counts() {
    let (mut peer, connection) = Peer::facing(Side::Server, Limits::default(), vec![]);
    let proxy = connection.proxy("victim");
    let call = tokio::spawn(async move { proxy.call(Request::new("delay"), LONG).await });
    peer.receive().await.unwrap();
    peer.send(Message::Return { id: 2, result: 1.into() }).await;
    drop(peer);
    assert_eq!(call.await.unwrap().unwrap(), Value::Int(1));
}

#[tokio::test]
async fn a_cancelled_call_leaves_nothing_behind() {
    let (client, _server, mut watcher) = watched();
    let proxy = client.proxy("thing");
    let call = tokio::spawn(async move { proxy.call(Request::new("wait"), LONG).await });
    assert_eq!(watcher.recv().await, Some("begun"));
    assert_eq!(client.transactions(), 1);
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    assert_eq!(client.transactions(), 0);
}

#[tokio::test]
async fn what_we_may_not_send_is_refused_and_binds_nothing() {
    let limits = Limits { frame_bytes: 1024, transactions: 1, ..Limits::default() };
    let (thing, mut watcher) = Thing::watched();
    let (client, _server) = pair_with(limits, vec![], vec![(Symbol::from("thing"), thing.clone())]);
    let proxy = client.proxy("thing");
    let large = Request::new("echo").argument(Value::from(thing as Arc<dyn chaos_kitty_bus::Controller>));
    let large = large.argument("x".repeat(2000));
    match proxy.call(large, LONG).await {
        Err(CallError::Refused { method, reason }) => {
            assert_eq!(&*method, "echo");
            assert!(reason.contains("1024 are allowed"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!((client.transactions(), client.objects()), (0, 0));
    let one = tokio::spawn({
        let proxy = proxy.clone();
        async move { proxy.call(Request::new("wait"), LONG).await }
    });
    watcher.recv().await.unwrap();
    let second = proxy.call(Request::new("echo"), LONG).await;
    assert!(matches!(second, Err(CallError::Refused { .. })), "{second:?}");
    assert!(!one.is_finished());
}

#[tokio::test]
async fn a_connection_goes_on_without_a_handle_and_ends_with_its_runtime() {
    let (client, server) = pair();
    drop(server);
    assert!(client.proxy("thing").call(Request::new("echo"), LONG).await.is_ok());
    let other = std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { pair().0 })
    });
    let orphan = other.join().unwrap();
    assert!(matches!(&*orphan.closed().await, Closed::Local { .. } | Closed::Peer));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whenever_it_is_closed_every_call_ends() {
    for round in 0..100 {
        let (client, server) = pair();
        let mut calls = tokio::task::JoinSet::new();
        for n in 0..20 {
            let side = if n % 2 == 0 { &client } else { &server };
            let thing = side.proxy("thing");
            calls.spawn(async move {
                loop {
                    match thing.call(Request::new("echo").argument(n), LONG).await {
                        Ok(_) => {}
                        Err(CallError::Closed { .. }) => break,
                        Err(other) => panic!("{other:?}"),
                    }
                }
            });
        }
        for _ in 0..round {
            tokio::task::yield_now().await;
        }
        if round % 2 == 0 {
            client.close("now")
        } else {
            server.close("now")
        }
        tokio::time::timeout(LONG, calls.join_all()).await.unwrap();
        client.closed().await;
        server.closed().await;
        assert_eq!((client.transactions(), server.transactions()), (0, 0));
    }
}
