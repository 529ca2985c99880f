//! What all connections of a process keep for peers that do not read is bounded, also where it gathers behind the back of a
//! connection's task. In a process of its own: the bound is for all of its connections.

use chaos_kitty_bus::{
    Answer, Call, Closed, Connection, Controller, Limits, Message, ProtocolError, Request, Side, Symbol,
    Value,
};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::sync::Semaphore;

/// Answers when it is let.
struct Later(Semaphore);

impl Controller for Later {
    fn call(self: Arc<Self>, _: Call) -> Answer {
        Box::pin(async move {
            self.0.acquire().await.expect("it is never closed").forget();
            Ok(Value::Binary(vec![7; 128 << 10]))
        })
    }

    fn responds_to(&self, _: &str) -> bool {
        true
    }
}

#[tokio::test]
async fn answers_that_come_while_a_peer_does_not_read_are_counted() {
    const CALLS: u64 = 40;
    let limits = Limits { process_bytes: 1 << 20, ..Limits::default() };
    let (mut peer, theirs) = UnixStream::pair().unwrap();
    let later = Arc::new(Later(Semaphore::new(0)));
    let bindings: Vec<(Symbol, Arc<dyn Controller>)> = vec![("later".into(), Arc::clone(&later) as _)];
    let server = Connection::start(theirs, Side::Server, limits, bindings);
    for call in 0..CALLS {
        let mut frame = Vec::new();
        let request = Request::new("answer");
        let invoke = Message::Invoke { id: 2 * call + 1, object: "later".into(), request, block: false };
        invoke.encode(&mut frame).unwrap();
        peer.write_all(&frame).await.unwrap();
    }
    let turns = async |until: &dyn Fn() -> bool| {
        while !until() {
            tokio::task::yield_now().await;
        }
    };
    turns(&|| server.transactions() == CALLS as usize).await;
    // Four fill the socket, and the connection's task waits for the peer to read.
    later.0.add_permits(4);
    turns(&|| server.transactions() == CALLS as usize - 4).await;
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    later.0.add_permits(CALLS as usize);
    let closed = tokio::time::timeout(Duration::from_secs(30), server.closed()).await.unwrap();
    let told = matches!(&*closed, Closed::Protocol(ProtocolError::TooManyBytesTogether { limit: 1_048_576 }));
    assert!(told, "{closed}");
}
