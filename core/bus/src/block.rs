//! Block: the caller's block, as the callee sees it.

use crate::lock::lock;
use crate::transactions::Response;
use crate::{CallError, Closed, Connection, Message, Symbol, Value, clock};
use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Mutex;

/// The caller's block. It can be called until the call is answered; calls that overlap wait for one another.
pub struct Block {
    connection: Connection,
    id: u64,
    method: Symbol,
    turn: Mutex<()>,
    /// The caller left it, or did not answer: a late answer could not be told from the next one.
    gone: AtomicBool,
}

impl Block {
    pub(crate) fn new(connection: Connection, id: u64, method: Symbol) -> Block {
        Block { connection, id, method, turn: Mutex::new(()), gone: AtomicBool::new(false) }
    }

    /// Calls the caller's block and waits for its answer, at most for `timeout`.
    ///
    /// After a time-out, or when this future was dropped, the block is gone: Ruby has no word for leaving one, so a caller that
    /// is silent may never answer again.
    ///
    /// # Errors
    /// [`CallError::Remote`] is what the block raised; usually the callee ends with it (`?` does, since a [`crate::Raise`] is
    /// made from it). [`CallError::Closed`] if the caller left its block or the connection ended.
    pub async fn call(&self, arguments: Vec<Value>, timeout: Duration) -> Result<Value, CallError> {
        let _turn = self.turn.lock().await;
        let shared = self.connection.shared();
        if self.gone.load(Ordering::Relaxed) {
            return Err(self.closed());
        }
        let (alarm, alone) = {
            let mut transactions = lock(&shared.transactions);
            let alarm = transactions.expect(self.id, clock::after(timeout)).ok_or_else(|| self.closed())?;
            (alarm, transactions.len() == 1)
        };
        let waiting = Waiting(self);
        if let Err(error) = self.connection.send(&Message::Yield { id: self.id, arguments }, alone) {
            return Err(CallError::Refused { method: self.method.clone(), reason: error.to_string() });
        }
        if alarm {
            self.connection.wake();
        }
        self.gone.store(true, Ordering::Relaxed);
        let response = poll_fn(|context| lock(&shared.transactions).poll(self.id, context)).await;
        drop(waiting);
        let result = match response {
            Some(Response::Next(result)) => Ok(result),
            Some(Response::Error(exception)) => Err(CallError::Remote(exception)),
            Some(Response::TimedOut) => {
                return Err(CallError::TimedOut { method: self.method.clone(), after: timeout });
            }
            _ => return Err(self.closed()),
        };
        self.gone.store(false, Ordering::Relaxed);
        result
    }

    fn closed(&self) -> CallError {
        let why = self.connection.ended().unwrap_or_else(|| {
            Arc::new(Closed::Local {
                reason: "the caller has left its block, or did not answer it in time".into(),
            })
        });
        CallError::Closed { method: self.method.clone(), why }
    }
}

/// While the block works. Dropping it forgets what was waited for.
struct Waiting<'a>(&'a Block);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let late = lock(&self.0.connection.shared().transactions).ignore(self.0.id);
        drop(late);
    }
}

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Block(of transaction {})", self.id)
    }
}
