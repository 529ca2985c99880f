//! Well-formed messages in an order that makes no sense, while we call, wait and give up: every answer belongs to its call, what
//! can be answered is, nobody waits for ever, and nothing is left behind.
#![no_main]

use chaos_kitty_bus::{
    Answer, CallError, Closed, Connection, Controller, Exception, Limits, Message, Proxy, Raise, Request,
    Side, Symbol, Value,
};
use chaos_kitty_fuzz::{Act, Block, End, Servant, Story, Transcript, happens, is_a_reason, messages, rest};
use libfuzzer_sys::fuzz_target;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::task::JoinHandle;

const TIGHT: Limits =
    Limits { frame_bytes: 192, depth: 4, values: 16, transactions: 3, objects: 3, queued_bytes: 512 };

fuzz_target!(|story: Story| happens(play(story)));

async fn play(story: Story) {
    let (ours, theirs) = UnixStream::pair().expect("a pair of sockets can be had");
    let servant = Arc::new(Servant::default());
    let side = if story.with_client { Side::Server } else { Side::Client };
    let limits = if story.tight { TIGHT } else { Limits::default() };
    let bound = vec![(Symbol::from("thing"), servant.clone() as Arc<dyn Controller>)];
    let connection = Connection::start(ours, side, limits, bound);
    let (mut reader, mut writer) = theirs.into_split();
    let heard = tokio::spawn(async move {
        let mut heard = Vec::new();
        let _ = reader.read_to_end(&mut heard).await;
        heard
    });

    let mut said = Vec::new();
    let mut calls = Vec::new();
    for (number, act) in story.acts.iter().enumerate() {
        said.push(act.message(number));
        match act {
            Act::Say(..) | Act::Release(_) => say(&mut writer, said.last()).await,
            Act::Call(block, seconds) => {
                let patience = Duration::from_secs((*seconds).into());
                calls.push((number, tokio::spawn(call(connection.proxy("thing"), number, *block, patience))));
            }
            Act::GiveUp(which) => {
                if let Some((_, call)) = calls.get(usize::from(*which) % calls.len().max(1)) {
                    call.abort();
                }
            }
            Act::Rest => rest().await,
            Act::Pass(seconds) => tokio::time::sleep(Duration::from_secs((*seconds).into())).await,
        }
    }

    // Whatever was read before this is answered, as far as it can be.
    let last = Request::new("last").argument(said.len());
    let id = if story.with_client { 1001 } else { 1000 };
    said.push(Some(Message::Invoke { id, object: "thing".into(), request: last, block: false }));
    say(&mut writer, said.last()).await;
    tokio::select! {
        () = servant.last.notified() => {}
        _ = connection.closed() => {}
    }
    rest().await;
    if connection.ended().is_none() {
        let ours = calls.iter().filter(|(_, call)| !call.is_finished()).count();
        assert_eq!(
            connection.transactions(),
            ours + servant.calls(),
            "a call is over, and its transaction is not"
        );
    }
    match story.end {
        End::Silence => drop(writer),
        End::HangUp => {
            drop(writer);
            heard.abort();
        }
        End::Close => connection.close("that is all"),
    }

    let why = connection.closed().await;
    let expected = match (&*why, story.end) {
        (Closed::Peer, End::Silence | End::HangUp) | (Closed::Local { .. }, End::Close) => true,
        (why, _) => is_a_reason(why, story.tight),
    };
    assert!(expected, "it ended since {why}");
    let outcomes = outcomes(calls).await;
    assert_eq!((connection.transactions(), connection.objects()), (0, 0), "left behind");
    // A peer that hung up heard who knows what.
    if let Ok(heard) = heard.await {
        let with_client = story.with_client;
        let transcript = Transcript { with_client, said, heard: messages(&heard), outcomes };
        transcript.what_is_heard_belongs_to_what_was_said();
        transcript.our_calls_got_what_was_said_to_them();
        if !matches!(&*why, Closed::Protocol(_)) {
            transcript.what_can_be_answered_is();
        }
    } else {
        drop(outcomes);
    }
    servant.forget();
    rest().await;
    assert_eq!(Arc::strong_count(&servant), 1, "an ended connection holds an object");
}

/// A connection that has ended hears no more, and that is well.
async fn say(writer: &mut tokio::net::unix::OwnedWriteHalf, said: Option<&Option<Message>>) {
    let Some(Some(message)) = said else { return };
    let mut bytes = Vec::new();
    message.encode(&mut bytes).expect("what a story says can be encoded");
    let _ = writer.write_all(&bytes).await;
}

type Outcome = Result<Value, CallError>;

/// What came of the calls that we did not give up.
async fn outcomes(calls: Vec<(usize, JoinHandle<Outcome>)>) -> Vec<(usize, Outcome)> {
    let mut outcomes = Vec::new();
    for (number, call) in calls {
        match call.await {
            Ok(outcome) => outcomes.push((number, outcome)),
            Err(error) => assert!(error.is_cancelled(), "{error}"),
        }
    }
    outcomes
}

async fn call(proxy: Proxy, number: usize, block: Option<Block>, patience: Duration) -> Outcome {
    let request = Request::new("ask").argument(number);
    let Some(block) = block else { return proxy.call(request, patience).await };
    let answer = |arguments: Vec<Value>| -> Answer {
        Box::pin(async move {
            match block {
                Block::Answers => Ok(arguments.into()),
                Block::Raises => Err(Exception::runtime("in the block").into()),
                Block::Throws => Err(Raise::Throw { tag: Value::Nil, value: Value::Nil }),
                Block::Dawdles => {
                    tokio::time::sleep(Duration::from_secs(100)).await;
                    Ok(arguments.into())
                }
            }
        })
    };
    proxy.call_with_block(request, patience, answer).await
}
