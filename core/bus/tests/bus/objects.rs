//! Objects: passed by reference, come home, released once, and passed on from one connection to another.

use crate::peer::{LONG, Peer, pair, pair_with, things};
use crate::thing::raised;
use chaos_kitty_bus::{
    Answer, Call, CallError, Connection, Controller, Exception, Limits, Message, Object, ObjectName, Proxy,
    Request, Side, Symbol, Value,
};
use std::sync::Arc;
use tokio::sync::oneshot;

/// Tells when it is dropped.
struct Mortal(Option<oneshot::Sender<()>>);

impl Mortal {
    fn born() -> (Arc<dyn Controller>, oneshot::Receiver<()>) {
        let (dies, died) = oneshot::channel();
        (Arc::new(Mortal(Some(dies))), died)
    }
}

impl Controller for Mortal {
    fn call(self: Arc<Self>, call: Call) -> Answer {
        Box::pin(async move { Ok(call.request.arguments.into()) })
    }

    fn responds_to(&self, method: &str) -> bool {
        method == "echo"
    }
}

impl Drop for Mortal {
    fn drop(&mut self) {
        let _ = self.0.take().unwrap().send(());
    }
}

fn proxy(value: Value) -> Proxy {
    match value {
        Value::Object(Object::Proxy(proxy)) => proxy,
        other => panic!("no proxy, but {other:?}"),
    }
}

#[tokio::test]
async fn a_controller_passed_by_reference_lives_until_the_last_proxy_is_dropped() {
    let (client, _server) = pair();
    let thing = client.proxy("thing");
    let (mortal, mut died) = Mortal::born();
    thing.call(Request::new("keep").argument(mortal), LONG).await.unwrap();
    assert_eq!(client.objects(), 1);
    assert!(died.try_recv().is_err(), "still held over there");
    thing.call(Request::new("drop"), LONG).await.unwrap();
    died.await.unwrap();
    assert_eq!(client.objects(), 0);
}

#[tokio::test]
async fn a_reference_can_be_called_and_comes_home_as_itself() {
    let (client, _server) = pair_with(Limits::default(), vec![], things());
    let thing = client.proxy("thing");
    let itself = proxy(thing.call(Request::new("itself_ref"), LONG).await.unwrap());
    assert!(matches!(itself.name(), ObjectName::Number(_)));
    let answer = itself.call(Request::new("echo").argument(5), LONG).await.unwrap();
    assert_eq!(answer.as_array().unwrap()[0], Value::from(vec![5]));
    // It arrives at its owner as the object, which `ask` can tell from a proxy.
    let request = Request::new("ask").argument(itself).argument(Symbol::from("echo")).argument(6);
    let answer = thing.call(request, LONG).await.unwrap();
    assert_eq!(answer.as_array().unwrap()[0], Value::from(vec![6]));
}

#[tokio::test]
async fn our_own_object_comes_home_as_the_same_object() {
    let (client, _server) = pair_with(Limits::default(), vec![], things());
    let (mortal, _died) = Mortal::born();
    let request = Request::new("echo").argument(mortal.clone());
    let answer = client.proxy("thing").call(request, LONG).await.unwrap();
    assert_eq!(answer.as_array().unwrap()[0], Value::Array(vec![Object::Controller(mortal).into()]));
}

#[tokio::test]
async fn numbers_of_the_two_sides_and_of_ruby_never_collide() {
    let (client, server) = pair();
    let mut numbers = Vec::new();
    for (side, remainder) in [(&client, 1), (&server, 3)] {
        for _ in 0..3 {
            let value = side.proxy("thing").call(Request::new("itself_ref"), LONG).await.unwrap();
            let ObjectName::Number(number) = proxy(value).name().clone() else { panic!("no number") };
            assert_eq!(number % 4, remainder);
            assert!(!numbers.contains(&number));
            numbers.push(number);
        }
    }
}

#[tokio::test]
async fn two_arrivals_of_a_name_share_one_release() {
    let (mut peer, server) = Peer::client(Limits::default());
    let reference = || Value::Object(Object::Reference(8.into()));
    peer.invoke(1, Request::new("keep").argument(reference()).argument(reference())).await;
    peer.receive().await.unwrap();
    peer.invoke(3, Request::new("keep").argument(reference())).await;
    peer.receive().await.unwrap();
    assert_eq!(server.proxy(8).name(), &ObjectName::Number(8));
    peer.invoke(5, Request::new("drop")).await;
    let mut said = [peer.receive().await.unwrap(), peer.receive().await.unwrap()];
    said.sort_by_key(|message| matches!(message, Message::Return { .. }));
    assert_eq!(said[0], Message::Release { object: 8.into() });
    assert_eq!(said[1], Message::Return { id: 5, result: 3.into() });
    peer.is_served(7).await;
}

#[tokio::test]
async fn an_object_that_arrives_where_nobody_waits_is_released() {
    let (mut peer, _connection) = Peer::facing(Side::Client, Limits::default(), vec![]);
    peer.send(Message::Return { id: 99, result: Value::Object(Object::Reference(8.into())) }).await;
    assert_eq!(peer.receive().await, Some(Message::Release { object: 8.into() }));
}

#[tokio::test]
async fn a_release_of_what_is_unknown_or_bound_by_name_is_ignored() {
    let (mut peer, _server) = Peer::client(Limits::default());
    for object in [ObjectName::from("thing"), ObjectName::from("nope"), ObjectName::from(77)] {
        peer.send(Message::Release { object }).await;
    }
    peer.is_served(1).await;
}

#[tokio::test]
async fn a_stand_in_goes_out_as_a_proxy() {
    let (mut peer, _server) = Peer::client(Limits::default());
    peer.invoke(1, Request::new("bound")).await;
    let Some(Message::Return { result: Value::Object(Object::Name(name)), .. }) = peer.receive().await else {
        panic!("no proxy")
    };
    let request = Request::new("echo").argument(1);
    peer.send(Message::Invoke { id: 3, object: name.clone(), request: request.clone(), block: false }).await;
    assert!(matches!(peer.receive().await, Some(Message::Return { id: 3, .. })));
    peer.send(Message::Release { object: name.clone() }).await;
    peer.send(Message::Invoke { id: 5, object: name, request, block: false }).await;
    assert!(matches!(peer.receive().await, Some(Message::Error { id: 5, .. })));
}

/// The ends of two connections, and a proxy of the first one's far end that was handed over through the second.
struct Forwarded {
    _victim: Connection,
    server: Connection,
    handed: Proxy,
}

async fn forwarded() -> Forwarded {
    let (victim, middle) = pair_with(Limits::default(), things(), vec![]);
    let giver = Arc::new(Giver(middle.proxy("thing")));
    let (client, server) = pair_with(Limits::default(), vec![], vec![(Symbol::from("giver"), giver)]);
    let handed = proxy(client.proxy("giver").call(Request::new("give"), LONG).await.unwrap());
    Forwarded { _victim: victim, server, handed }
}

/// Hands out a proxy.
struct Giver(Proxy);

impl Controller for Giver {
    fn call(self: Arc<Self>, call: Call) -> Answer {
        Box::pin(async move {
            match &*call.request.method {
                "give" => Ok(self.0.clone().into()),
                "same" => Ok(Value::Bool(call.request.arguments[0] == Value::from(self.0.clone()))),
                other => Err(chaos_kitty_bus::Raise::no_method(other, "Giver")),
            }
        })
    }

    fn responds_to(&self, method: &str) -> bool {
        method == "give"
    }
}

#[tokio::test]
async fn calls_errors_throws_and_blocks_pass_through_a_connection_between() {
    let handed = forwarded().await.handed;
    let answer = handed.call(Request::new("echo").argument(1).option("a", 2), LONG).await.unwrap();
    assert_eq!(answer, Value::Array(vec![Value::from(vec![1]), Value::map([("a", 2)])]));
    let hopped = Request::new("public_send").argument(Symbol::from("echo")).argument(1);
    assert!(handed.call(hopped, LONG).await.is_ok());
    assert_eq!(
        raised(handed.call(Request::new("boom"), LONG).await),
        ("ArgumentError".into(), "bad thing".into())
    );
    let thrown = handed.call(Request::new("toss"), LONG).await;
    assert!(matches!(thrown, Err(CallError::Thrown { value: Value::Int(7), .. })), "{thrown:?}");
    let add = |arguments: Vec<Value>| -> Answer {
        Box::pin(async move { Ok(arguments.iter().filter_map(Value::as_i64).sum::<i64>().into()) })
    };
    let answer = handed.call_with_block(Request::new("each_pair"), LONG, add).await.unwrap();
    assert_eq!(answer, Value::from(vec![0, 2, 6]));
    let block = |_| -> Answer { Box::pin(async { Err(Exception::runtime("in block").into()) }) };
    let result = handed.call_with_block(Request::new("each_pair"), LONG, block).await;
    assert_eq!(raised(result), ("RuntimeError".into(), "in block".into()));
    for (method, expected) in [("echo", true), ("nosuch", false)] {
        let request = Request::new("respond_to?").argument(Symbol::from(method)).argument(false);
        assert_eq!(
            handed.call(request, LONG).await.unwrap(),
            Value::Bool(expected),
            "only the far end knows"
        );
    }
}

#[tokio::test]
async fn a_proxy_passed_on_is_released_and_comes_home_as_the_proxy_it_was() {
    let Forwarded { server, handed, .. } = forwarded().await;
    assert_eq!(server.objects(), 1);
    let giver = handed.connection().proxy("giver");
    let same = giver.call(Request::new("same").argument(handed.clone()), LONG).await.unwrap();
    assert_eq!(same, Value::Bool(true));
    drop(handed);
    // The Release is before this call on the same wire.
    assert_eq!(raised(giver.call(Request::new("nosuch"), LONG).await).0, "NoMethodError");
    assert_eq!(server.objects(), 0);
}

#[tokio::test]
async fn it_goes_out_as_a_proxy_and_its_calls_as_public_send() {
    let (mut victim, middle) = Peer::facing(Side::Server, Limits::default(), vec![]);
    let giver = Arc::new(Giver(middle.proxy("victim")));
    let (mut operator, _server) =
        Peer::facing(Side::Server, Limits::default(), vec![(Symbol::from("thing"), giver)]);
    operator.invoke(1, Request::new("give")).await;
    let Some(Message::Return { result: Value::Object(Object::Name(name)), .. }) = operator.receive().await
    else {
        panic!("no proxy")
    };
    let request = Request::new("delay").option("duration", 0.01);
    operator.send(Message::Invoke { id: 3, object: name, request, block: false }).await;
    let passed_on = Request::new("public_send").argument(Symbol::from("delay")).option("duration", 0.01);
    let expected = Message::Invoke { id: 2, object: "victim".into(), request: passed_on, block: false };
    assert_eq!(victim.receive().await, Some(expected));
    drop(victim);
    match operator.receive().await {
        Some(Message::Error { id: 3, exception }) => assert_eq!(exception.class, "IOError"),
        other => panic!("{other:?}"),
    }
}
