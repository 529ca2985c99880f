//! Message: what crosses the socket, one MessagePack extension value each.

use crate::{Exception, ObjectName, Request, Value};

/// One whole message. `id` is the transaction's: the client counts 1, 3, 5 …, the server 2, 4, 6 ….
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// The caller asks an object for something.
    Invoke {
        /// The transaction that begins.
        id: u64,
        /// Whom it asks.
        object: ObjectName,
        /// For what.
        request: Request,
        /// Whether there is a block that the callee may call.
        block: bool,
    },
    /// The callee answers.
    Return {
        /// The transaction that ends.
        id: u64,
        /// The answer.
        result: Value,
    },
    /// The callee calls the caller's block.
    Yield {
        /// The transaction that goes on.
        id: u64,
        /// What the block is called with.
        arguments: Vec<Value>,
    },
    /// The callee raised; or, as the answer to a Yield, the caller's block did.
    Error {
        /// The transaction that ends, or the one whose block raised.
        id: u64,
        /// What was raised.
        exception: Exception,
    },
    /// The caller's block answers.
    Next {
        /// The transaction that goes on.
        id: u64,
        /// The block's answer.
        result: Value,
    },
    /// The callee threw.
    Throw {
        /// The transaction that ends.
        id: u64,
        /// To whoever catches this.
        tag: Value,
        /// With this.
        value: Value,
    },
    /// The caller leaves its block.
    Close {
        /// The transaction whose block is gone.
        id: u64,
    },
    /// The sender holds no proxy for this object any more.
    Release {
        /// One of the receiver's objects.
        object: ObjectName,
    },
}
