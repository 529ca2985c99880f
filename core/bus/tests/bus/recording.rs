//! The recordings of the Ruby system, and the messages that their `means` stand for.

use chaos_kitty_bus::{Exception, Message, Object, ObjectName, Request, Side, Symbol, Value};
use serde_json::Value as Json;

/// One recorded message.
pub(crate) struct Entry {
    pub(crate) from: Side,
    pub(crate) bytes: Vec<u8>,
    pub(crate) means: Json,
}

impl Entry {
    pub(crate) fn message(&self) -> Message {
        message(&self.means)
    }
}

/// The messages of one file, in order.
pub(crate) fn read(name: &str) -> Vec<Entry> {
    let path = format!("{}/../../tests/fixtures/wire/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let entries: Vec<Json> = serde_json::from_str(&text).unwrap();
    entries
        .into_iter()
        .map(|entry| Entry {
            from: if entry["from"] == "client" { Side::Client } else { Side::Server },
            bytes: unhex(entry["hex"].as_str().unwrap()),
            means: entry["means"].clone(),
        })
        .collect()
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

pub(crate) fn message(means: &Json) -> Message {
    let (kind, fields) = means.as_object().unwrap().iter().next().unwrap();
    let fields = fields.as_array().unwrap();
    let id = || fields[0].as_u64().unwrap();
    let result = || value(&fields[1]);
    match kind.as_str() {
        "Invoke" => invoke(fields),
        "Return" => Message::Return { id: id(), result: result() },
        "Yield" => Message::Yield { id: id(), arguments: array(&fields[1]) },
        "Error" => match result() {
            Value::Exception(exception) => Message::Error { id: id(), exception: *exception },
            other => panic!("{other:?} is no exception"),
        },
        "Next" => Message::Next { id: id(), result: result() },
        "Throw" => Message::Throw { id: id(), tag: value(&fields[1][0]), value: value(&fields[1][1]) },
        "Release" => Message::Release { object: name(&fields[0]) },
        other => panic!("no such message: {other}"),
    }
}

fn invoke(fields: &[Json]) -> Message {
    let arguments = fields[2].as_u64().unwrap() as usize;
    let mut values = fields[3..3 + arguments].iter().map(value);
    let Some(Value::Symbol(method)) = values.next() else { panic!("a method's name comes first") };
    let mut request = Request { method, arguments: values.collect(), options: vec![] };
    let options = fields[3 + arguments].as_u64().unwrap() as usize;
    let rest = &fields[4 + arguments..];
    request.options.extend(rest.chunks(2).take(options).map(|pair| (value(&pair[0]), value(&pair[1]))));
    let [block] = &rest[2 * options..] else { panic!("whether there is a block comes last, and once") };
    Message::Invoke {
        id: fields[0].as_u64().unwrap(),
        object: name(&fields[1]),
        request,
        block: block.as_bool().unwrap(),
    }
}

fn name(means: &Json) -> ObjectName {
    match value(means) {
        Value::Symbol(name) => ObjectName::Symbol(name),
        Value::Int(number) => ObjectName::Number(number as u64),
        other => panic!("{other:?} is no name"),
    }
}

fn array(means: &Json) -> Vec<Value> {
    means.as_array().unwrap().iter().map(value).collect()
}

fn value(means: &Json) -> Value {
    match means {
        Json::Null => Value::Nil,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) if number.is_f64() => Value::Float(number.as_f64().unwrap()),
        Json::Number(number) => Value::Int(number.as_i64().unwrap()),
        Json::String(text) => Value::String(text.clone()),
        Json::Array(_) => Value::Array(array(means)),
        Json::Object(entry) => {
            let (kind, content) = entry.iter().next().unwrap();
            match kind.as_str() {
                "symbol" => Value::Symbol(Symbol::from(content.as_str().unwrap())),
                "binary" => Value::Binary(unhex(content.as_str().unwrap())),
                "class" => Value::Class(content.as_str().unwrap().into()),
                "map" => Value::Map(
                    content
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(|pair| (value(&pair[0]), value(&pair[1])))
                        .collect(),
                ),
                "Proxy" => Value::Object(Object::Name(name(&content[0]))),
                "Reference" => Value::Object(Object::Reference(name(&content[0]))),
                "Exception" => Value::from(Exception {
                    class: content[0].as_str().unwrap().into(),
                    message: content[1].as_str().unwrap().into(),
                    backtrace: content[2]
                        .as_array()
                        .map(|lines| lines.iter().map(|line| line.as_str().unwrap().into()).collect()),
                }),
                other => panic!("no such kind: {other}"),
            }
        }
    }
}
