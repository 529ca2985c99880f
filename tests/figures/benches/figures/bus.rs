//! Round trips on the bus beside a bare ping-pong of the same bytes, both ends in one process: sequential, then 64 in flight.

use chaos_kitty_bus::{Answer, Call, Connection, Controller, Limits, Message, Request, Side, Symbol, Value};
use chaos_kitty_figures::{Figure, Table, Target, Unit, alternate};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::task::JoinSet;
use tokio::time::Instant;

const CALLS: u32 = 20_000;
const ROUNDS: usize = 9;
const DEADLINE: Duration = Duration::from_secs(10);

struct Echo;

impl Controller for Echo {
    fn call(self: Arc<Self>, call: Call) -> Answer {
        Box::pin(async move { Ok(call.request.arguments.into_iter().next().unwrap_or(Value::Nil)) })
    }

    fn responds_to(&self, method: &str) -> bool {
        method == "echo"
    }
}

fn request() -> Request {
    Request::new("echo").argument(1.5)
}

/// Bytes of the question, and of its answer.
fn sizes() -> (usize, usize) {
    let size = |message: Message| {
        let mut bytes = Vec::new();
        message.encode(&mut bytes).map(|()| bytes.len()).unwrap_or_default()
    };
    let question = Message::Invoke { id: 1, object: "echo".into(), request: request(), block: false };
    (size(question), size(Message::Return { id: 1, result: 1.5.into() }))
}

async fn bare() -> Duration {
    let (question, answer) = sizes();
    let (mut client, mut server) = UnixStream::pair().expect("a pair of sockets");
    let echo = tokio::spawn(async move {
        let (mut asked, answered) = (vec![0; question], vec![1; answer]);
        while server.read_exact(&mut asked).await.is_ok() {
            if server.write_all(&answered).await.is_err() {
                break;
            }
        }
    });
    let (asks, mut answered) = (vec![1; question], vec![0; answer]);
    let start = Instant::now();
    for _ in 0..CALLS {
        client.write_all(&asks).await.expect("the server reads");
        client.read_exact(&mut answered).await.expect("the server answers");
    }
    let elapsed = start.elapsed();
    drop(client);
    let _ = echo.await;
    elapsed
}

async fn bus(in_flight: u32) -> Duration {
    let (ours, theirs) = UnixStream::pair().expect("a pair of sockets");
    let echo: (Symbol, Arc<dyn Controller>) = (Symbol::from("echo"), Arc::new(Echo));
    let _server = Connection::start(ours, Side::Server, Limits::default(), vec![echo]);
    let client = Connection::start(theirs, Side::Client, Limits::default(), vec![]);
    let proxy = client.proxy("echo");
    let start = Instant::now();
    let mut callers = JoinSet::new();
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
    elapsed
}

/// Measures on a runtime of one thread, and on one of two.
pub(crate) fn measure(table: &mut Table) {
    for (name, workers) in [("one thread", None), ("two threads", Some(2))] {
        let mut builder = match workers {
            None => tokio::runtime::Builder::new_current_thread(),
            Some(_) => tokio::runtime::Builder::new_multi_thread(),
        };
        let runtime = builder.worker_threads(workers.unwrap_or(1)).enable_all().build().expect("a runtime");
        let mut bare =
            || runtime.block_on(async { tokio::spawn(bare()).await.expect("it runs") }).as_secs_f64();
        let mut ours =
            || runtime.block_on(async { tokio::spawn(bus(1)).await.expect("it runs") }).as_secs_f64();
        let series = alternate(ROUNDS, &mut [&mut bare, &mut ours]);
        let [bare, ours] = [0, 1].map(|at| series[at].median() / f64::from(CALLS));
        let what = format!("a call over the bus with a deadline, {name}");
        let figure = Figure::new("bus", what, ours, Unit::Seconds).beside("bare ping-pong", bare);
        table.add(figure.target(Target::RatioAtMost(1.4)));
    }
}
