//! A peer that speaks raw messages, and pairs of connections.

use crate::thing::Thing;
use chaos_kitty_bus::{Connection, Controller, Limits, Message, Request, Side, Symbol};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

/// Long enough for whatever is going to happen on a busy machine.
pub(crate) const LONG: Duration = Duration::from_secs(30);
/// For what is never going to happen.
pub(crate) const SHORT: Duration = Duration::from_millis(20);

pub(crate) type Bindings = Vec<(Symbol, Arc<dyn Controller>)>;

/// A `thing` on each side.
pub(crate) fn things() -> Bindings {
    vec![(Symbol::from("thing"), Arc::new(Thing::default()))]
}

/// A client and a server, with a `thing` each.
pub(crate) fn pair() -> (Connection, Connection) {
    pair_with(Limits::default(), things(), things())
}

pub(crate) fn pair_with(limits: Limits, client: Bindings, server: Bindings) -> (Connection, Connection) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    (
        Connection::start(ours, Side::Client, limits, client),
        Connection::start(theirs, Side::Server, limits, server),
    )
}

/// A peer that sends what it is told to.
pub(crate) struct Peer {
    stream: UnixStream,
    arrived: Vec<u8>,
}

impl Peer {
    /// A raw client of a server with a `thing`.
    pub(crate) fn client(limits: Limits) -> (Peer, Connection) {
        Peer::facing(Side::Server, limits, things())
    }

    /// A raw peer of a connection.
    pub(crate) fn facing(side: Side, limits: Limits, bindings: Bindings) -> (Peer, Connection) {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let connection = Connection::start(theirs, side, limits, bindings);
        (Peer { stream: ours, arrived: Vec::new() }, connection)
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    pub(crate) async fn send(&mut self, message: Message) {
        let mut bytes = Vec::new();
        message.encode(&mut bytes).unwrap();
        self.write(&bytes).await;
    }

    pub(crate) async fn invoke(&mut self, id: u64, request: Request) {
        self.send(Message::Invoke { id, object: "thing".into(), request, block: false }).await;
    }

    /// The next message; nothing if the connection has ended.
    pub(crate) async fn receive(&mut self) -> Option<Message> {
        loop {
            if let Some(length) = whole(&self.arrived) {
                let bytes: Vec<u8> = self.arrived.drain(..length).collect();
                return Some(Message::decode(&bytes, &Limits::default()).unwrap());
            }
            match tokio::time::timeout(LONG, self.stream.read_buf(&mut self.arrived)).await.unwrap() {
                Ok(0) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    /// Whether the connection still answers.
    pub(crate) async fn is_served(&mut self, id: u64) {
        self.invoke(id, Request::new("echo").argument("still here")).await;
        match self.receive().await {
            Some(Message::Return { id: answered, .. }) => assert_eq!(answered, id),
            other => panic!("no answer, but {other:?}"),
        }
    }
}

/// How long the first message is, if all of it is here.
fn whole(bytes: &[u8]) -> Option<usize> {
    let big_endian = |bytes: &[u8]| bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
    let length = match bytes.first()? {
        marker @ 0xd4..=0xd8 => 2 + (1 << (marker - 0xd4)),
        0xc7 => 3 + big_endian(bytes.get(1..2)?),
        0xc8 => 4 + big_endian(bytes.get(1..3)?),
        0xc9 => 6 + big_endian(bytes.get(1..5)?),
        other => panic!("0x{other:02x} begins no message"),
    };
    (bytes.len() >= length).then_some(length)
}
