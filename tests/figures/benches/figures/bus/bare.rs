//! What any protocol pays: the same bytes to and fro over the same kind of socket on the same runtime.

use super::{CALLS, NUMBER, ours};
use chaos_kitty_bus::Message;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::time::Instant;

pub(super) async fn calls() -> Duration {
    let question = Message::Invoke { id: 1, object: "echo".into(), request: ours::request(), block: false };
    let answer = Message::Return { id: 1, result: NUMBER.into() };
    let (asks, answers) = (bytes(&question), bytes(&answer));
    let (mut asked, mut answered) = (vec![0; asks.len()], vec![0; answers.len()]);
    let (mut client, mut server) = UnixStream::pair().expect("a pair of sockets");
    let echo = tokio::spawn(async move {
        while server.read_exact(&mut asked).await.is_ok() {
            server.write_all(&answers).await.expect("the client reads");
        }
    });
    let start = Instant::now();
    for _ in 0..CALLS {
        client.write_all(&asks).await.expect("the server reads");
        client.read_exact(&mut answered).await.expect("the server answers");
    }
    let elapsed = start.elapsed();
    drop(client);
    echo.await.expect("it ends with its client");
    elapsed
}

fn bytes(message: &Message) -> Vec<u8> {
    let mut bytes = Vec::new();
    message.encode(&mut bytes).expect("it is small");
    bytes
}
