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
use tokio::net::{UnixStream, unix::OwnedWriteHalf};
use tokio::task::JoinHandle;

const TIGHT: Limits = Limits {
    frame_bytes: 192,
    depth: 4,
    values: 16,
    transactions: 3,
    objects: 3,
    queued_bytes: 512,
    process_bytes: usize::MAX,
};

fuzz_target!(|story: Story| happens(play(story)));

async fn play(story: Story) {
    let (ours, theirs) = UnixStream::pair().expect("a pair of sockets can be had");
    let (mut reader, writer) = theirs.into_split();
    let heard = tokio::spawn(async move {
        let mut heard = Vec::new();
        let _ = reader.read_to_end(&mut heard).await;
        heard
    });
    let mut stage = Stage::new(&story, ours, writer);
    for act in &story.acts {
        stage.perform(act).await;
    }
    stage.settle(story.with_client).await;

    let Stage { connection, servant, writer, said, calls } = stage;
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

    // What a peer heard that hung up is not known, and neither is whom its answers belong to.
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

/// A connection with an object and calls of ours, and the peer's end of it.
struct Stage {
    connection: Connection,
    servant: Arc<Servant>,
    writer: OwnedWriteHalf,
    said: Vec<Option<Message>>,
    calls: Vec<(usize, JoinHandle<Outcome>)>,
}

impl Stage {
    fn new(story: &Story, ours: UnixStream, writer: OwnedWriteHalf) -> Stage {
        let servant = Arc::new(Servant::default());
        let side = if story.with_client { Side::Server } else { Side::Client };
        let limits = if story.tight { TIGHT } else { Limits::default() };
        let bound = vec![(Symbol::from("thing"), servant.clone() as Arc<dyn Controller>)];
        let connection = Connection::start(ours, side, limits, bound);
        Stage { connection, servant, writer, said: Vec::new(), calls: Vec::new() }
    }

    async fn perform(&mut self, act: &Act) {
        let number = self.said.len();
        self.say(act.message(number)).await;
        match act {
            Act::Say(..) | Act::Release(_) => {}
            Act::Call(block, seconds) => {
                let patience = Duration::from_secs((*seconds).into());
                let call = call(self.connection.proxy("thing"), number, *block, patience);
                self.calls.push((number, tokio::spawn(call)));
            }
            Act::GiveUp(which) => {
                if let Some((_, call)) = self.calls.get(usize::from(*which) % self.calls.len().max(1)) {
                    call.abort();
                }
            }
            Act::Rest => rest().await,
            Act::Pass(seconds) => tokio::time::sleep(Duration::from_secs((*seconds).into())).await,
        }
    }

    async fn say(&mut self, message: Option<Message>) {
        if let Some(message) = &message {
            let mut bytes = Vec::new();
            message.encode(&mut bytes).expect("what a story says can be encoded");
            // A connection that has ended hears no more, and that is well.
            let _ = self.writer.write_all(&bytes).await;
        }
        self.said.push(message);
    }

    /// Waits until all that was said has been heard; then the calls in flight are those that somebody waits for.
    async fn settle(&mut self, with_client: bool) {
        let id = if with_client { 1001 } else { 1000 };
        let request = Request::new("last").argument(self.said.len());
        self.say(Some(Message::Invoke { id, object: "thing".into(), request, block: false })).await;
        tokio::select! {
            () = self.servant.last.notified() => {}
            _ = self.connection.closed() => {}
        }
        rest().await;
        if self.connection.ended().is_none() {
            let ours = self.calls.iter().filter(|(_, call)| !call.is_finished()).count();
            let waited_for = ours + self.servant.calls();
            assert_eq!(
                self.connection.transactions(),
                waited_for,
                "of a call that is over something is left"
            );
        }
    }
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
