//! Request: which method, with what.

use crate::{Symbol, Value};

/// A method's name, its arguments, and its options (Ruby's keyword arguments).
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The method's name.
    pub method: Symbol,
    /// In order, without the method's name.
    pub arguments: Vec<Value>,
    /// In the order in which they were given; the keys are symbols, and what a peer sends otherwise is kept as it is.
    pub options: Vec<(Value, Value)>,
}

impl Request {
    /// A call of this method, so far with nothing.
    pub fn new(method: impl Into<Symbol>) -> Request {
        Request { method: method.into(), arguments: Vec::new(), options: Vec::new() }
    }

    /// With one more argument.
    pub fn argument(mut self, value: impl Into<Value>) -> Request {
        self.arguments.push(value.into());
        self
    }

    /// With one more option.
    pub fn option(mut self, key: impl Into<Symbol>, value: impl Into<Value>) -> Request {
        self.options.push((Value::Symbol(key.into()), value.into()));
        self
    }

    /// The option of this name, if it was given.
    pub fn get_option(&self, key: &str) -> Option<&Value> {
        self.options.iter().find(|(name, _)| name.as_str() == Some(key)).map(|(_, value)| value)
    }
}
