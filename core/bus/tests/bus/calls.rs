//! Calls: both ways, many at once, and what comes of them.

use crate::peer::{LONG, Peer, pair, pair_with, things};
use crate::thing::{Thing, raised};
use chaos_kitty_bus::{CallError, Limits, Message, Request, Symbol, Value, from_value};
use std::sync::Arc;
use tokio::task::JoinSet;

fn echoed(value: i64) -> Value {
    Value::Array(vec![Value::Array(vec![value.into()]), Value::Map(vec![])])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_go_both_ways_at_once() {
    let (client, server) = pair();
    let mut calls = JoinSet::new();
    for n in 0..400 {
        let side = if n % 2 == 0 { &client } else { &server };
        let thing = side.proxy("thing");
        calls.spawn(async move {
            let answer = thing.call(Request::new("echo").argument(n), LONG).await.unwrap();
            assert_eq!(answer, echoed(n));
        });
    }
    calls.join_all().await;
    assert_eq!((client.transactions(), server.transactions()), (0, 0));
}

#[tokio::test]
async fn a_callee_may_call_its_caller_before_it_answers() {
    let (client, _server) = pair();
    let ours = Arc::new(Thing::default());
    let request = Request::new("ask").argument(Value::from(ours as Arc<dyn chaos_kitty_bus::Controller>));
    let request = request.argument(Symbol::from("echo")).argument(5);
    assert_eq!(client.proxy("thing").call(request, LONG).await.unwrap(), echoed(5));
}

#[tokio::test]
async fn a_slow_call_keeps_no_other_waiting() {
    let (thing, mut watcher) = Thing::watched();
    let (client, _server) =
        pair_with(Limits::default(), vec![], vec![(Symbol::from("thing"), thing.clone())]);
    let proxy = client.proxy("thing");
    let slow = tokio::spawn({
        let proxy = proxy.clone();
        async move { proxy.call(Request::new("wait"), LONG).await }
    });
    assert_eq!(watcher.recv().await, Some("begun"));
    assert_eq!(proxy.call(Request::new("echo").argument(1), LONG).await.unwrap(), echoed(1));
    thing.go.notify_one();
    assert_eq!(slow.await.unwrap().unwrap(), Value::from("waited"));
}

#[tokio::test]
async fn what_is_raised_and_thrown_arrives_as_data() {
    let (client, _server) = pair();
    let thing = client.proxy("thing");
    let call = |method: &str| thing.call(Request::new(method), LONG);
    assert_eq!(raised(call("boom").await), ("ArgumentError".into(), "bad thing".into()));
    assert_eq!(
        raised(call("nosuch").await),
        ("NoMethodError".into(), "undefined method `nosuch' for an instance of Thing".into())
    );
    match call("toss").await {
        Err(CallError::Thrown { tag, value }) => {
            assert_eq!((tag, value), (Symbol::from("ball").into(), 7.into()));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_unknown_object_is_a_name_error() {
    let (client, _server) = pair();
    match client.proxy("nope").call(Request::new("foo"), LONG).await {
        Err(CallError::Remote(exception)) => {
            assert_eq!((&*exception.class, &*exception.message), ("NameError", "Object not found: nope"));
            assert_eq!(exception.backtrace, None);
        }
        other => panic!("{other:?}"),
    }
    let number = client.proxy(4).call(Request::new("foo"), LONG).await;
    assert_eq!(raised(number).1, "Object not found: 4");
}

#[tokio::test]
async fn a_panic_is_its_callers_alone() {
    let (client, _server) = pair();
    let thing = client.proxy("thing");
    for method in ["panic", "panic_later"] {
        let (class, message) = raised(thing.call(Request::new(method), LONG).await);
        assert_eq!((&*class, &*message), ("RuntimeError", "panicked: the thing is broken"));
    }
    assert_eq!(thing.call(Request::new("echo").argument(1), LONG).await.unwrap(), echoed(1));
}

#[tokio::test]
async fn public_send_is_unwrapped_as_often_as_it_was_passed_on() {
    let (client, _server) = pair();
    let thing = client.proxy("thing");
    let wrapped = Request::new("public_send").argument(Symbol::from("public_send"));
    let wrapped = wrapped.argument(Symbol::from("echo")).argument(3).option("a", 1);
    let answer = thing.call(wrapped, LONG).await.unwrap();
    assert_eq!(answer, Value::Array(vec![Value::Array(vec![3.into()]), Value::map([("a", 1)])]));
    let (class, _) = raised(thing.call(Request::new("public_send"), LONG).await);
    assert_eq!(class, "ArgumentError");
}

#[tokio::test]
async fn respond_to_says_which_methods_there_are() {
    let (client, _server) = pair();
    let thing = client.proxy("thing");
    for (method, expected) in [("echo", true), ("nosuch", false), ("respond_to?", true)] {
        let request = Request::new("respond_to?").argument(Symbol::from(method)).argument(false);
        assert_eq!(thing.call(request.clone(), LONG).await.unwrap(), Value::Bool(expected));
        let passed_on = Request { method: "public_send".into(), ..request };
        let mut arguments = vec![Symbol::from("respond_to?").into()];
        arguments.extend(passed_on.arguments);
        let passed_on = Request { arguments, ..Request::new("public_send") };
        assert_eq!(thing.call(passed_on, LONG).await.unwrap(), Value::Bool(expected));
    }
}

#[tokio::test]
async fn messages_may_come_a_byte_at_a_time_and_many_at_once() {
    let (mut peer, _server) = Peer::client(Limits::default());
    let mut bytes = Vec::new();
    for id in [1, 3, 5] {
        let request = Request::new("echo").argument(id as i64);
        Message::Invoke { id, object: "thing".into(), request, block: false }.encode(&mut bytes).unwrap();
    }
    for byte in &bytes {
        peer.write(&[*byte]).await;
        tokio::task::yield_now().await;
    }
    for id in [1, 3, 5] {
        assert_eq!(peer.receive().await, Some(Message::Return { id, result: echoed(id as i64) }));
    }
    peer.write(&bytes).await;
    for id in [1, 3, 5] {
        assert_eq!(peer.receive().await, Some(Message::Return { id, result: echoed(id as i64) }));
    }
}

#[tokio::test]
async fn a_large_argument_and_a_large_answer_cross() {
    let (client, _server) = pair();
    let thing = client.proxy("thing");
    let blob = Value::Binary((0..3_000_000).map(|n| n as u8).collect());
    let answer = thing.call(Request::new("echo").argument(blob.clone()), LONG).await.unwrap();
    assert_eq!(answer.as_array().unwrap()[0], Value::Array(vec![blob]));
}

#[tokio::test]
async fn a_name_can_be_bound_later_and_anew() {
    let (client, server) = pair_with(Limits::default(), vec![], vec![]);
    let later = client.proxy("later");
    assert_eq!(raised(later.call(Request::new("echo"), LONG).await).0, "NameError");
    server.bind("later", things().remove(0).1);
    let answer = later.call(Request::new("echo").argument(1), LONG).await.unwrap();
    let (arguments, _): (Vec<i64>, Value) = from_value(answer).unwrap();
    assert_eq!(arguments, [1]);
}
