//! Any bytes at all, sent to a live connection that has calls of its own in flight: it ends, says why, leaves nothing behind, writes
//! nothing but messages, and does the same however the bytes are cut.
//!
//! An input is one byte that says which side it faces, one that says into what pieces it is cut, and what the peer sends.
#![no_main]

use chaos_kitty_bus::{Connection, Controller, Limits, Request, Side, Symbol};
use chaos_kitty_fuzz::{Witness, happens, messages, rest};
use libfuzzer_sys::fuzz_target;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

fuzz_target!(|input: &[u8]| {
    let [facing, cut, bytes @ ..] = input else { return };
    let facing = if facing % 2 == 0 { Side::Client } else { Side::Server };
    let whole = happens(sent(facing, bytes, bytes.len().max(1)));
    // No more than 64 or so, each of which is waited for.
    let in_pieces = happens(sent(facing, bytes, usize::from(*cut).max(bytes.len() / 64).max(1)));
    assert_eq!(whole, in_pieces);
});

/// What is to be seen of a connection.
#[derive(Debug, PartialEq)]
struct Seen {
    asked: Vec<String>,
    written: Vec<u8>,
    outcomes: Vec<String>,
    ended: String,
}

/// So little that a small input reaches each bound. What waits for a peer that does not read has none: how much that is depends
/// on how the bytes are cut.
const LIMITS: Limits = Limits {
    frame_bytes: 1024,
    depth: 8,
    values: 256,
    transactions: 8,
    objects: 8,
    queued_bytes: usize::MAX,
    process_bytes: usize::MAX,
};

async fn sent(facing: Side, bytes: &[u8], piece: usize) -> Seen {
    let (ours, theirs) = UnixStream::pair().expect("a pair of sockets can be had");
    let witness = Arc::new(Witness::default());
    let names = ["thing", "chaos", "victim"].map(Symbol::from);
    let bound = names.map(|name| (name, witness.clone() as Arc<dyn Controller>));
    let connection = Connection::start(ours, facing, LIMITS, bound.into());
    // Held to the end, as the outcomes are, for when a proxy is released is another matter.
    let thing = connection.proxy("thing");
    let calls: Vec<_> = (0..3)
        .map(|n| {
            let proxy = thing.clone();
            let request = Request::new("ask").argument(n);
            tokio::spawn(async move { proxy.call(request, Duration::from_secs(60)).await })
        })
        .collect();
    rest().await;

    let (mut reader, mut writer) = theirs.into_split();
    let written = tokio::spawn(async move {
        let mut written = Vec::new();
        // A connection that ends with bytes unread resets the socket, after what it wrote was read.
        let _ = reader.read_to_end(&mut written).await;
        written
    });
    for piece in bytes.chunks(piece) {
        if writer.write_all(piece).await.is_err() {
            break;
        }
        rest().await;
    }
    let _ = writer.shutdown().await;

    let ended = connection.closed().await.to_string();
    let mut outcomes = Vec::new();
    for call in calls {
        outcomes.push(call.await.expect("a call neither panics nor is lost"));
    }
    let written = written.await.expect("reading does not panic");
    messages(&written);
    assert_eq!((connection.transactions(), connection.objects()), (0, 0), "left behind");
    // A proxy says whose it is, and that is another connection each time.
    let whose = format!(" on connection {}", connection.id());
    let plain = |text: String| text.replace(&whose, "");
    let seen = Seen {
        asked: witness.testimony().into_iter().map(plain).collect(),
        written,
        outcomes: outcomes.iter().map(|outcome| plain(format!("{outcome:?}"))).collect(),
        ended,
    };
    drop(outcomes);
    assert_eq!(Arc::strong_count(&witness), 1, "an ended connection holds an object");
    seen
}
