//! Story: what a peer says and what we do, in an order that nobody would think of.

use arbitrary::Arbitrary;
use chaos_kitty_bus::{Exception, Message, Object, ObjectName, Request, Value};

/// A conversation of well-formed messages, and what we do meanwhile.
#[derive(Arbitrary, Debug)]
pub struct Story {
    /// The peer is the client, and counts odd.
    pub with_client: bool,
    /// We allow next to nothing.
    pub tight: bool,
    /// What happens.
    pub acts: Vec<Act>,
    /// And in the end.
    pub end: End,
}

/// One thing that happens.
#[derive(Arbitrary, Clone, Debug)]
pub enum Act {
    /// The peer says something about this transaction, be it one or not.
    Say(Id, Word),
    /// The peer lets go of an object.
    Release(Name),
    /// We call the peer's object, perhaps with a block, and wait for so many seconds.
    Call(Option<Block>, u8),
    /// We call no longer.
    GiveUp(u8),
    /// Whatever is going on goes on.
    Rest,
    /// Nothing happens for so many seconds.
    Pass(u8),
}

/// What a peer may say of a transaction. The number of the act is in each, so that it is known again.
#[derive(Arbitrary, Clone, Debug)]
#[allow(missing_docs, reason = "they are the messages of the bus")]
pub enum Word {
    Ask { object: Name, method: Method, argument: Option<Gift>, block: bool },
    Return(Option<Gift>),
    Yield(Option<Gift>),
    Raise,
    Next(Option<Gift>),
    Throw,
    Close,
}

/// A transaction's number: few, so that they meet.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub struct Id(u8);

/// An object's name: few, so that they meet.
#[derive(Arbitrary, Clone, Copy, Debug)]
#[allow(missing_docs, reason = "they say what they are")]
pub enum Name {
    Thing,
    Unknown,
    Number(u8),
}

/// An object that is handed over.
#[derive(Arbitrary, Clone, Copy, Debug)]
#[allow(missing_docs, reason = "they are the objects of the bus")]
pub enum Gift {
    Reference(Name),
    Proxy(Name),
}

/// What our object can do; see [`crate::Servant`].
#[derive(Arbitrary, Clone, Copy, Debug)]
#[allow(missing_docs, reason = "they say what they do")]
pub enum Method {
    Echo,
    Later,
    Never,
    Twice,
    Raise,
    Throw,
    Itself,
    Keep,
    Drop,
    Back,
}

/// What the block of a call of ours does.
#[derive(Arbitrary, Clone, Copy, Debug)]
#[allow(missing_docs, reason = "they say what they do")]
pub enum Block {
    Answers,
    Raises,
    Throws,
    Dawdles,
}

/// How it ends, unless it has.
#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The peer says no more, and listens.
    Silence,
    /// The peer is gone.
    HangUp,
    /// We close.
    Close,
}

impl Name {
    fn name(self) -> ObjectName {
        match self {
            Name::Thing => "thing".into(),
            // So long that an answer which repeats it is longer than what it answers.
            Name::Unknown => "unknown-".repeat(20).into(),
            Name::Number(number) => u64::from(number % 16).into(),
        }
    }
}

impl Method {
    /// What it is called.
    pub fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }
}

impl Act {
    /// The message of a peer that says something; `number` is the act's.
    pub fn message(&self, number: usize) -> Option<Message> {
        let marked = |gift: &Option<Gift>| -> Vec<Value> {
            let object = gift.map(|gift| match gift {
                Gift::Reference(name) => Object::Reference(name.name()),
                Gift::Proxy(name) => Object::Name(name.name()),
            });
            [Value::from(number)].into_iter().chain(object.map(Value::from)).collect()
        };
        let (id, word) = match self {
            Act::Say(Id(id), word) => (u64::from(id % 16), word),
            Act::Release(name) => return Some(Message::Release { object: name.name() }),
            _ => return None,
        };
        Some(match word {
            Word::Ask { object, method, argument, block } => Message::Invoke {
                id,
                object: object.name(),
                request: Request { arguments: marked(argument), ..Request::new(method.name()) },
                block: *block,
            },
            Word::Return(gift) => Message::Return { id, result: marked(gift).into() },
            Word::Yield(gift) => Message::Yield { id, arguments: marked(gift) },
            Word::Raise => Message::Error { id, exception: Exception::runtime(number.to_string()) },
            Word::Next(gift) => Message::Next { id, result: marked(gift).into() },
            Word::Throw => Message::Throw { id, tag: "ball".into(), value: number.into() },
            Word::Close => Message::Close { id },
        })
    }
}
