//! Controller: an object that answers calls.

use crate::{Block, CallError, Exception, Proxy, Request, Value};
use std::{pin::Pin, sync::Arc};

/// What a call comes to, once it has.
pub type Answer = Pin<Box<dyn Future<Output = Result<Value, Raise>> + Send + 'static>>;

/// An object that answers calls.
pub trait Controller: Send + Sync + 'static {
    /// Answers one call. Calls come concurrently; each future is polled where the message was read, and moves to a task of
    /// its own as soon as it has to wait. It is dropped when the connection ends. A panic answers the caller `RuntimeError`.
    fn call(self: Arc<Self>, call: Call) -> Answer;

    /// Whether it has this method: what `respond_to?` answers.
    fn responds_to(&self, method: &str) -> bool;

    /// The proxy that calls are only passed on to, if that is what it does. Then `respond_to?` reaches [`Controller::call`] like
    /// any other method, since only the far end knows, and where it comes home it is that proxy again.
    fn forwards_to(&self) -> Option<&Proxy> {
        None
    }
}

/// One call. `public_send` is already unwrapped, so that `public_send(:delay)` arrives as `delay`.
#[derive(Debug)]
pub struct Call {
    /// What is asked for.
    pub request: Request,
    /// The caller's block, where it gave one.
    pub block: Option<Block>,
}

/// What a controller, or a block, answers in place of a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Raise {
    /// An exception; send Ruby's core classes only.
    Error(Exception),
    /// A throw, which Ruby's `catch` would catch.
    Throw {
        /// To whoever catches this.
        tag: Value,
        /// With this.
        value: Value,
    },
}

impl Raise {
    /// The object has no such method, in Ruby's words.
    pub fn no_method(method: &str, class: &str) -> Raise {
        Raise::Error(Exception::no_method(format!("undefined method `{method}' for an instance of {class}")))
    }
}

impl From<Exception> for Raise {
    fn from(exception: Exception) -> Raise {
        Raise::Error(exception)
    }
}

impl From<CallError> for Raise {
    /// What the other side raised or threw passes through; a call without an answer is an `IOError` where the connection is gone,
    /// else a `RuntimeError`.
    fn from(error: CallError) -> Raise {
        match error {
            CallError::Remote(exception) => Raise::Error(exception),
            CallError::Thrown { tag, value } => Raise::Throw { tag, value },
            CallError::Closed { .. } => Exception::io(error.to_string()).into(),
            CallError::TimedOut { .. } | CallError::Refused { .. } => {
                Exception::runtime(error.to_string()).into()
            }
        }
    }
}
