//! The recorded conversation with a Ruby worker, with ours in its place. Alone in its process: the recorded
//! `raise_error` is armed at every fault point there is.
#![allow(clippy::unwrap_used, reason = "a test stops where it is surprised")]

use std::path::Path;
use std::time::Duration;

use chaos_kitty_bus::{Exception, Limits, Message, ObjectName, Value};
use chaos_kitty_worker::{Worker, fault_point};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

const PATIENCE: Duration = Duration::from_secs(30);

/// One message of the recording.
struct Entry {
    from_worker: bool,
    bytes: Vec<u8>,
    message: Message,
}

fn recording() -> Vec<Entry> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/wire/victim-session.json");
    let text = std::fs::read_to_string(path).unwrap();
    let entries: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    let entries = entries.iter().map(|entry| {
        let hex = entry["hex"].as_str().unwrap();
        let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        let bytes: Vec<u8> = (0..hex.len()).step_by(2).map(byte).collect();
        let message = Message::decode(&bytes, &Limits::default()).unwrap();
        Entry { from_worker: entry["from"] == "client", bytes, message }
    });
    entries.collect()
}

/// The next whole message; one extension value is all the framing there is.
async fn receive(stream: &mut UnixStream) -> Message {
    let mut bytes = vec![0; 2];
    stream.read_exact(&mut bytes).await.unwrap();
    let (header, length) = match bytes[0] {
        0xd4..=0xd8 => (2, 1usize << (bytes[0] - 0xd4)),
        0xc7 => (3, usize::from(bytes[1])),
        0xc8 => {
            bytes.push(stream.read_u8().await.unwrap());
            (4, usize::from(u16::from_be_bytes([bytes[1], bytes[2]])))
        }
        other => panic!("not the header of a message: {other:#x}"),
    };
    let read = bytes.len();
    bytes.resize(header + length, 0);
    stream.read_exact(&mut bytes[read..]).await.unwrap();
    Message::decode(&bytes, &Limits::default()).unwrap()
}

/// What differs from run to run, made equal: pids, backtraces, iterations, and how many collections there were.
fn comparable(message: Message) -> Message {
    match message {
        Message::Invoke { id, object, mut request, block } => {
            for (key, value) in &mut request.options {
                if key.as_str() == Some("process_id") {
                    *value = Value::Int(0);
                }
            }
            Message::Invoke { id, object, request, block }
        }
        Message::Error { id, exception } => {
            Message::Error { id, exception: Exception { backtrace: None, ..exception } }
        }
        Message::Return { id, result: Value::Map(mut entries) } => {
            for (key, value) in &mut entries {
                if matches!(key.as_str(), Some("iterations" | "collections_before" | "collections_after")) {
                    *value = Value::Int(value.as_i64().expect("a count"));
                    *value = Value::Int(0);
                }
            }
            Message::Return { id, result: Value::Map(entries) }
        }
        other => other,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ruby_server_gets_from_us_what_it_got_from_ruby() {
    tokio::time::timeout(PATIENCE, converse()).await.expect("the conversation stalls");
}

async fn converse() {
    fault_point!("recorded").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s");
    let listener = UnixListener::bind(&socket).unwrap();
    let worker = Worker::builder().socket(&socket).name("web").label("tier", "api").start();
    let (mut stream, _) = listener.accept().await.unwrap();

    // A Ruby server knows the pid only. We offer more, are refused, and then say what the recording says.
    let Message::Invoke { id: 1, request, .. } = receive(&mut stream).await else { panic!("no Invoke") };
    assert!(request.get_option("protocol").is_some());
    let unknown = Exception::argument("unknown keywords: :name, :labels, :protocol, :methods");
    let mut refusal = Vec::new();
    Message::Error { id: 1, exception: unknown }.encode(&mut refusal).unwrap();
    stream.write_all(&refusal).await.unwrap();

    // Ids of ours are therefore 2 ahead of the recorded ones.
    let ours_ahead = |message: Message| match message {
        Message::Invoke { id, object, request, block } => {
            Message::Invoke { id: id + 2, object, request, block }
        }
        Message::Return { id, result } => Message::Return { id: id + 2, result },
        other => other,
    };
    let mut registering = true;
    for entry in recording() {
        match entry.message {
            // Ruby's garbage collector sends these when it likes; ours follow when the worker stops.
            Message::Release { .. } => {}
            message if entry.from_worker => {
                let expected = if registering { ours_ahead(message) } else { message };
                assert_eq!(comparable(receive(&mut stream).await), comparable(expected));
            }
            message if registering => {
                let mut bytes = Vec::new();
                ours_ahead(message).encode(&mut bytes).unwrap();
                stream.write_all(&bytes).await.unwrap();
                registering = false;
            }
            _ => stream.write_all(&entry.bytes).await.unwrap(),
        }
    }
    assert_eq!(worker.id(), Some(1));
    let fault = fault_point!("recorded").expect_err("the recorded raise_error reaches the application");
    assert_eq!((fault.message(), fault.class()), ("boo", "RuntimeError"));

    worker.stop();
    assert_eq!(receive(&mut stream).await, Message::Release { object: ObjectName::Symbol("chaos".into()) });
    assert_eq!(stream.read(&mut [0; 1]).await.unwrap(), 0, "and then it hangs up");
}
