//! Blocks: the callee calls the caller's, which answers, raises, throws, leaves, or falls silent.

use crate::peer::{LONG, Peer, SHORT, pair};
use crate::thing::raised;
use chaos_kitty_bus::{
    Answer, Call, CallError, Closed, Controller, Exception, Limits, Message, Raise, Request, Side, Symbol,
    Value,
};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

#[tokio::test]
async fn a_block_answers_each_call_of_it() {
    let (client, server) = pair();
    let add = |arguments: Vec<Value>| -> Answer {
        Box::pin(async move { Ok((arguments[0].as_i64().unwrap() + arguments[1].as_i64().unwrap()).into()) })
    };
    let answer = client.proxy("thing").call_with_block(Request::new("each_pair"), LONG, add).await.unwrap();
    assert_eq!(answer, Value::from(vec![0, 2, 6]));
    assert_eq!((client.transactions(), server.transactions()), (0, 0));
}

#[tokio::test]
async fn a_block_that_raises_ends_the_call_with_that() {
    let (client, _server) = pair();
    let block = |_| -> Answer { Box::pin(async { Err(Exception::runtime("in block").into()) }) };
    let result = client.proxy("thing").call_with_block(Request::new("each_pair"), LONG, block).await;
    assert_eq!(raised(result), ("RuntimeError".into(), "in block".into()));
}

/// Calls its block as often as it says, and tells what became of it.
struct Yielder {
    timeout: Duration,
    told: mpsc::UnboundedSender<Result<Value, CallError>>,
}

impl Controller for Yielder {
    fn call(self: Arc<Self>, call: Call) -> Answer {
        Box::pin(async move {
            let block = call.block.unwrap();
            for n in 0..2 {
                self.told.send(block.call(vec![n.into()], self.timeout).await).unwrap();
            }
            Ok(Value::Nil)
        })
    }

    fn responds_to(&self, _: &str) -> bool {
        true
    }
}

fn yielder(
    timeout: Duration,
) -> (Peer, chaos_kitty_bus::Connection, mpsc::UnboundedReceiver<Result<Value, CallError>>) {
    let (told, hears) = mpsc::unbounded_channel();
    let yielder = Arc::new(Yielder { timeout, told });
    let (peer, server) =
        Peer::facing(Side::Server, Limits::default(), vec![(Symbol::from("thing"), yielder)]);
    (peer, server, hears)
}

fn each() -> Message {
    Message::Invoke { id: 1, object: "thing".into(), request: Request::new("each"), block: true }
}

#[tokio::test]
async fn a_block_that_throws_ends_the_call_here_and_the_callee_hears_that_it_is_gone() {
    let (told, mut hears) = mpsc::unbounded_channel();
    let yielder = Arc::new(Yielder { timeout: LONG, told });
    let (client, server) =
        crate::peer::pair_with(Limits::default(), vec![], vec![(Symbol::from("thing"), yielder)]);
    let block = |_| -> Answer {
        Box::pin(async { Err(Raise::Throw { tag: Symbol::from("out").into(), value: 3.into() }) })
    };
    let result = client.proxy("thing").call_with_block(Request::new("each"), LONG, block).await;
    assert!(matches!(result, Err(CallError::Thrown { value: Value::Int(3), .. })), "{result:?}");
    for _ in 0..2 {
        let heard = hears.recv().await.unwrap();
        assert!(matches!(heard, Err(CallError::Closed { .. })), "{heard:?}");
    }
    assert!(server.ended().is_none());
}

#[tokio::test]
async fn a_call_that_is_dropped_in_its_block_leaves_it() {
    let (told, mut hears) = mpsc::unbounded_channel();
    let yielder = Arc::new(Yielder { timeout: LONG, told });
    let (client, _server) =
        crate::peer::pair_with(Limits::default(), vec![], vec![(Symbol::from("thing"), yielder)]);
    let (begun, mut begins) = mpsc::unbounded_channel();
    let proxy = client.proxy("thing");
    let call = tokio::spawn(async move {
        let block = |_| -> Answer {
            begun.send(()).unwrap();
            Box::pin(std::future::pending())
        };
        proxy.call_with_block(Request::new("each"), LONG, block).await
    });
    begins.recv().await.unwrap();
    call.abort();
    assert!(matches!(hears.recv().await.unwrap(), Err(CallError::Closed { .. })));
    assert_eq!(client.transactions(), 0);
}

#[tokio::test]
async fn close_is_accepted() {
    let (mut peer, _server, mut hears) = yielder(LONG);
    peer.send(each()).await;
    assert_eq!(peer.receive().await, Some(Message::Yield { id: 1, arguments: vec![0.into()] }));
    peer.send(Message::Close { id: 1 }).await;
    peer.send(Message::Close { id: 99 }).await;
    for _ in 0..2 {
        match hears.recv().await.unwrap() {
            Err(CallError::Closed { why, .. }) => assert!(matches!(&*why, Closed::Local { .. })),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(peer.receive().await, Some(Message::Return { id: 1, result: Value::Nil }));
}

#[tokio::test]
async fn a_yield_without_a_next_expires_and_a_late_next_is_dropped() {
    let (mut peer, server, mut hears) = yielder(SHORT);
    peer.send(each()).await;
    assert!(matches!(peer.receive().await, Some(Message::Yield { .. })));
    assert!(matches!(hears.recv().await.unwrap(), Err(CallError::TimedOut { .. })));
    // No second Yield: a late Next could not be told from its answer.
    assert!(matches!(hears.recv().await.unwrap(), Err(CallError::Closed { .. })));
    peer.send(Message::Next { id: 1, result: 5.into() }).await;
    assert_eq!(peer.receive().await, Some(Message::Return { id: 1, result: Value::Nil }));
    assert!(server.ended().is_none());
}

#[tokio::test]
async fn a_yield_to_a_call_without_a_block_is_an_error_to_the_callee() {
    let (mut peer, connection) = Peer::facing(Side::Client, Limits::default(), vec![]);
    let proxy = connection.proxy("thing");
    let call = tokio::spawn(async move { proxy.call(Request::new("echo"), LONG).await });
    assert!(matches!(peer.receive().await, Some(Message::Invoke { id: 1, .. })));
    peer.send(Message::Yield { id: 1, arguments: vec![] }).await;
    match peer.receive().await {
        Some(Message::Error { id: 1, exception }) => assert_eq!(exception.message, "no block was given"),
        other => panic!("{other:?}"),
    }
    peer.send(Message::Return { id: 1, result: 7.into() }).await;
    assert_eq!(call.await.unwrap().unwrap(), Value::Int(7));
}

#[tokio::test]
async fn a_callers_time_begins_anew_with_each_word_of_the_callee() {
    let (mut peer, connection) = Peer::facing(Side::Client, Limits::default(), vec![]);
    let proxy = connection.proxy("thing");
    let call = tokio::spawn(async move {
        // Longer in the block than the peer may be silent.
        let block = |_| -> Answer {
            Box::pin(async {
                tokio::time::sleep(3 * SHORT).await;
                Ok(Value::Nil)
            })
        };
        proxy.call_with_block(Request::new("each"), SHORT, block).await
    });
    assert!(matches!(peer.receive().await, Some(Message::Invoke { .. })));
    peer.send(Message::Yield { id: 1, arguments: vec![] }).await;
    assert!(matches!(peer.receive().await, Some(Message::Next { id: 1, .. })));
    // Then silent for good.
    assert!(matches!(call.await.unwrap(), Err(CallError::TimedOut { after: SHORT, .. })));
    assert_eq!(peer.receive().await, Some(Message::Close { id: 1 }));
}
