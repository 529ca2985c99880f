//! The recordings of the Ruby system, and what of them differs from run to run.

use chaos_kitty_bus::{Exception, Limits, Message, Object, ObjectName, Symbol, Value};

use crate::Json;
use crate::workspace::Workspace;

/// One recorded message.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Whether who connected sent it, or else who accepted.
    pub from_client: bool,
    /// As it was sent.
    pub bytes: Vec<u8>,
    /// What it says.
    pub message: Message,
}

/// A recorded conversation.
pub fn read(name: &str) -> Vec<Entry> {
    let path = Workspace::built().root.join(format!("tests/fixtures/wire/{name}.json"));
    let entries: Vec<Json> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let entries = entries.iter().map(|entry| {
        let hex = entry["hex"].as_str().unwrap();
        let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        let bytes: Vec<u8> = (0..hex.len()).step_by(2).map(byte).collect();
        let message = Message::decode(&bytes, &Limits::default()).unwrap();
        Entry { from_client: entry["from"] == "client", bytes, message }
    });
    entries.collect()
}

/// A message without what differs from run to run: pids, the numbers of proxies, backtraces, iterations, and how many
/// collections there were.
pub fn comparable(mut message: Message) -> Message {
    let unnumbered = |name: &mut ObjectName| {
        if let ObjectName::Number(number) = name {
            *number = 0;
        }
    };
    let counted = |entries: &mut Vec<(Value, Value)>, keys: &[&str]| {
        for (key, value) in entries {
            if key.as_str().is_some_and(|key| keys.contains(&key)) {
                value.as_i64().expect("a count");
                *value = Value::Int(0);
            }
        }
    };
    match &mut message {
        Message::Invoke { object, request, .. } => {
            unnumbered(object);
            counted(&mut request.options, &["process_id"]);
        }
        Message::Return { result: Value::Object(Object::Name(name)), .. } => unnumbered(name),
        Message::Return { result: Value::Map(entries), .. } => {
            counted(entries, &["iterations", "collections_before", "collections_after"]);
        }
        Message::Error { exception, .. } => exception.backtrace = None,
        _ => {}
    }
    message
}

/// A call that was passed on, as a host makes it that calls the victim itself.
pub fn direct(mut message: Message) -> Message {
    if let Message::Invoke { request, .. } = &mut message
        && &*request.method == "public_send"
    {
        let Value::Symbol(method) = request.arguments.remove(0) else {
            panic!("a method's name comes first")
        };
        request.method = method;
    }
    message
}

/// What Ruby's worker answers to a call of this method, with these options: recorded, but for what was asked.
///
/// # Errors
/// What it raises.
pub fn ruby_answer(method: &str, options: &[(Value, Value)]) -> Result<Value, Exception> {
    let option = |name: &str| {
        options
            .iter()
            .find(|(key, _)| key.as_str() == Some(name))
            .map_or(Value::Nil, |(_, value)| value.clone())
    };
    match method {
        "delay" => Ok(Value::map([("delayed", option("duration"))])),
        "raise_error" => Err(Exception::runtime(option("message").as_str().unwrap_or_default())),
        "cpu_spin" => Ok(Value::map([("cpu_spun", option("duration")), ("iterations", 11138.into())])),
        "allocate_memory" => {
            Ok(Value::map([("allocated_mb", option("size_mb")), ("held_for", option("hold_duration"))]))
        }
        "trigger_gc" => Ok(Value::map([
            ("gc_triggered", Value::Bool(true)),
            ("collections_before", 26.into()),
            ("collections_after", 27.into()),
        ])),
        other => Err(Exception::no_method(format!("undefined method `{}' for Victim", Symbol::from(other)))),
    }
}
