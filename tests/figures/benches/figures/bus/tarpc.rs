//! tarpc over the same kind of socket, with bincode, and, as by default, with a deadline on every call.

use super::{CALLS, DEADLINE, NUMBER};
use futures_util::StreamExt;
use std::time::Duration;
use tarpc::server::{BaseChannel, Channel};
use tarpc::tokio_serde::formats::Bincode;
use tarpc::tokio_util::codec::LengthDelimitedCodec;
use tarpc::{client, context, serde_transport};
use tokio::net::UnixStream;
use tokio::task::JoinSet;
use tokio::time::Instant;

#[tarpc::service]
trait Echo {
    async fn echo(number: f64) -> f64;
}

#[derive(Clone)]
struct Server;

impl Echo for Server {
    async fn echo(self, _: context::Context, number: f64) -> f64 {
        number
    }
}

/// How its server works on what is asked.
#[derive(Clone, Copy)]
pub(super) enum Serving {
    /// Each call in a task of its own, as its documentation does it.
    Tasks,
    /// One after another, which suits answers that are ready at once.
    InTurn,
}

pub(super) async fn calls(in_flight: u32, serving: Serving) -> Duration {
    let (client, server) = UnixStream::pair().expect("a pair of sockets");
    let framed = |stream| LengthDelimitedCodec::builder().new_framed(stream);
    let server = BaseChannel::with_defaults(serde_transport::new(framed(server), Bincode::default()));
    let answers = server.execute(Server.serve());
    let served = tokio::spawn(async move {
        match serving {
            Serving::Tasks => answers.for_each(async |answer| drop(tokio::spawn(answer))).await,
            Serving::InTurn => answers.for_each(|answer| answer).await,
        }
    });
    let transport = serde_transport::new(framed(client), Bincode::default());
    let client = EchoClient::new(client::Config::default(), transport).spawn();
    let mut callers = JoinSet::new();
    let start = Instant::now();
    for _ in 0..in_flight {
        let client = client.clone();
        callers.spawn(async move {
            // Its trace is made once, its deadline for each call.
            let mut context = context::current();
            for _ in 0..CALLS / in_flight {
                context.deadline = (Instant::now() + DEADLINE).into();
                client.echo(context, NUMBER).await.expect("the server answers");
            }
        });
    }
    callers.join_all().await;
    let elapsed = start.elapsed();
    drop(client);
    served.await.expect("it ends with its client");
    elapsed
}
