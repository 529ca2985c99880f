//! The recorded conversations, each side played by a connection of ours against the other side's recorded bytes.

use crate::peer::{LONG, Peer};
use crate::recording::{self, Entry};
use crate::thing::Thing;
use chaos_kitty_bus::{
    Answer, Call, Connection, Controller, Exception, Limits, Message, Object, ObjectName, Proxy, Raise, Side,
    Symbol, Value,
};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

/// Answers what the recorded side answered, in order, and keeps the proxies that it is given.
struct Script {
    outcomes: Mutex<VecDeque<Result<Value, Raise>>>,
    proxies: Mutex<Vec<Proxy>>,
}

impl Script {
    fn of(entries: &[Entry], side: Side) -> Arc<Script> {
        let outcomes =
            entries.iter().filter(|entry| entry.from == side).filter_map(|entry| match entry.message() {
                Message::Return { result, .. } => Some(Ok(result)),
                // Any connection says this by itself.
                Message::Error { exception, .. } if exception.class == "NameError" => None,
                Message::Error { exception, .. } => Some(Err(exception.into())),
                _ => None,
            });
        Arc::new(Script { outcomes: Mutex::new(outcomes.collect()), proxies: Mutex::default() })
    }
}

impl Controller for Script {
    fn call(self: Arc<Self>, call: Call) -> Answer {
        for argument in call.request.arguments {
            if let Value::Object(Object::Proxy(proxy)) = argument {
                self.proxies.lock().unwrap().push(proxy);
            }
        }
        let outcome = self.outcomes.lock().unwrap().pop_front().expect("a call that was not recorded");
        Box::pin(async move {
            match outcome {
                // The host's stand-in for a victim.
                Ok(Value::Object(Object::Name(_))) => Ok(Object::Bound(self).into()),
                other => other,
            }
        })
    }

    fn responds_to(&self, _: &str) -> bool {
        true
    }
}

/// Without what differs from run to run: backtraces, and the numbers of objects.
fn normal(mut message: Message) -> Message {
    let number = |name: &mut ObjectName| {
        if let ObjectName::Number(number) = name {
            *number = 0;
        }
    };
    match &mut message {
        Message::Invoke { object, .. } => number(object),
        Message::Return { result: Value::Object(Object::Name(name) | Object::Reference(name)), .. } => {
            number(name)
        }
        Message::Error { exception, .. } => exception.backtrace = None,
        _ => {}
    }
    message
}

/// What a side does when it likes, and nothing depends on: a Release comes when a proxy is collected; and where the
/// recorded client went silent, ours says Close.
fn optional(message: &Message) -> bool {
    matches!(message, Message::Release { .. } | Message::Close { .. })
}

/// Plays the recorded `side` with its own bytes, and holds what the connection says against the recording.
async fn play(entries: Vec<Entry>, side: Side, mut peer: Peer) {
    // Under which number the connection bound what the recording knows under another.
    let mut bound = None;
    for entry in entries {
        let mut message = entry.message();
        if entry.from == side {
            if let (Message::Invoke { object: ObjectName::Number(number), .. }, Some(ours)) =
                (&mut message, bound)
            {
                *number = ours;
                peer.send(message).await;
            } else {
                peer.write(&entry.bytes).await;
            }
            continue;
        }
        if optional(&message) {
            continue;
        }
        let said = loop {
            let said = peer.receive().await.unwrap_or_else(|| panic!("closed in place of {message:?}"));
            if !optional(&said) {
                break said;
            }
        };
        if let Message::Return {
            result:
                Value::Object(Object::Name(ObjectName::Number(n)) | Object::Reference(ObjectName::Number(n))),
            ..
        } = &said
        {
            bound = Some(*n);
        }
        assert_eq!(normal(said), normal(message));
    }
}

/// Makes the calls that the recorded side made, one after another.
async fn call(connection: &Connection, entries: &[Entry], side: Side, proxy: impl Fn(ObjectName) -> Proxy) {
    for entry in entries.iter().filter(|entry| entry.from == side) {
        let Message::Invoke { id, object, mut request, block } = entry.message() else { continue };
        let proxy = proxy(object);
        assert_eq!(proxy.connection().id(), connection.id());
        if !block {
            let _ = proxy.call(request, LONG).await;
            continue;
        }
        let mut yields = 0;
        let method = std::mem::replace(&mut request.method, Symbol::from(""));
        request.method = method.clone();
        let answer = move |arguments: Vec<Value>| -> Answer {
            yields += 1;
            let outcome = match (&*method, id, yields) {
                ("stop_early", _, 1) => Ok(Value::Nil),
                ("stop_early", ..) => Err(Raise::Throw { tag: Value::Nil, value: Value::Nil }),
                (_, 23, _) => Err(Exception::runtime("in block").into()),
                _ => Ok(arguments.iter().filter_map(Value::as_i64).sum::<i64>().into()),
            };
            Box::pin(async move { outcome })
        };
        let _ = proxy.call_with_block(request, LONG, answer).await;
    }
}

fn serving(side: Side, bindings: Vec<(&str, Arc<dyn Controller>)>) -> (Peer, Connection) {
    let bindings = bindings.into_iter().map(|(name, object)| (Symbol::from(name), object)).collect();
    Peer::facing(side, Limits::default(), bindings)
}

#[tokio::test]
async fn every_message_answered_by_our_server() {
    let (peer, _server) = serving(Side::Server, vec![("thing", Arc::new(Thing::default()))]);
    play(recording::read("every-message"), Side::Client, peer).await;
}

#[tokio::test]
async fn every_message_asked_by_our_client() {
    let (peer, client) = serving(Side::Client, vec![]);
    let entries = recording::read("every-message");
    let played = tokio::spawn(play(recording::read("every-message"), Side::Server, peer));
    call(&client, &entries, Side::Client, |name| client.proxy(name)).await;
    played.await.unwrap();
}

#[tokio::test]
async fn the_operators_session_answered_by_our_server() {
    let entries = recording::read("operator-session");
    let (peer, _server) = serving(Side::Server, vec![("chaos", Script::of(&entries, Side::Server))]);
    play(entries, Side::Client, peer).await;
}

#[tokio::test]
async fn the_operators_session_asked_by_our_client() {
    let (peer, client) = serving(Side::Client, vec![]);
    let entries = recording::read("operator-session");
    let played = tokio::spawn(play(recording::read("operator-session"), Side::Server, peer));
    call(&client, &entries, Side::Client, |name| client.proxy(name)).await;
    played.await.unwrap();
}

#[tokio::test]
async fn the_victims_session_with_our_server() {
    let entries = recording::read("victim-session");
    let script = Script::of(&entries, Side::Server);
    let (peer, server) = serving(Side::Server, vec![("chaos", script.clone())]);
    let played = tokio::spawn(play(recording::read("victim-session"), Side::Client, peer));
    let victim = loop {
        if let Some(victim) = script.proxies.lock().unwrap().pop() {
            break victim;
        }
        tokio::task::yield_now().await;
    };
    call(&server, &entries, Side::Server, |_| victim.clone()).await;
    played.await.unwrap();
}

#[tokio::test]
async fn the_victims_session_with_our_client() {
    let entries = recording::read("victim-session");
    let (peer, client) = serving(Side::Client, vec![("victim", Script::of(&entries, Side::Client))]);
    let played = tokio::spawn(play(recording::read("victim-session"), Side::Server, peer));
    call(&client, &entries, Side::Client, |name| client.proxy(name)).await;
    played.await.unwrap();
}
