//! Our bus.

use super::{CALLS, DEADLINE, NUMBER};
use chaos_kitty_bus::{Answer, Call, Connection, Controller, Limits, Request, Side, Symbol, Value};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::UnixStream;
use tokio::task::JoinSet;
use tokio::time::Instant;

struct Echo;

impl Controller for Echo {
    fn call(self: Arc<Self>, call: Call) -> Answer {
        Box::pin(async move { Ok(call.request.arguments.into_iter().next().unwrap_or(Value::Nil)) })
    }

    fn responds_to(&self, method: &str) -> bool {
        method == "echo"
    }
}

pub(super) fn request() -> Request {
    Request::new("echo").argument(NUMBER)
}

pub(super) async fn calls(in_flight: u32) -> Duration {
    let (client, server) = UnixStream::pair().expect("a pair of sockets");
    let echo: (Symbol, Arc<dyn Controller>) = ("echo".into(), Arc::new(Echo));
    let _server = Connection::start(server, Side::Server, Limits::default(), vec![echo]);
    let client = Connection::start(client, Side::Client, Limits::default(), vec![]);
    let proxy = client.proxy("echo");
    let mut callers = JoinSet::new();
    let start = Instant::now();
    for _ in 0..in_flight {
        let proxy = proxy.clone();
        callers.spawn(async move {
            for _ in 0..CALLS / in_flight {
                proxy.call(request(), DEADLINE).await.expect("the server answers");
            }
        });
    }
    callers.join_all().await;
    let elapsed = start.elapsed();
    client.close("measured");
    client.closed().await;
    elapsed
}
