//! Proxy: the remote handle of an object.

use crate::call::Pending;
use crate::lock::lock;
use crate::transactions::Response;
use crate::{Answer, CallError, Connection, Message, ObjectName, Raise, Request, Value};
use std::{fmt, sync::Arc, time::Duration};

/// The remote handle of an object. Cheap to clone; when the last clone is dropped, the peer is told that it may let go.
#[derive(Clone)]
pub struct Proxy(Arc<Held>);

/// One object of the peer's, while anyone here holds a proxy of it.
pub(crate) struct Held {
    pub(crate) connection: Connection,
    pub(crate) name: ObjectName,
}

impl Drop for Held {
    fn drop(&mut self) {
        let tell = lock(&self.connection.shared().objects).let_go(self);
        if tell && self.connection.ended().is_none() {
            // A name always fits: its bounds were those of the message that it came in, or of a method's caller here.
            let _ = self.connection.send(&Message::Release { object: self.name.clone() }, false);
        }
    }
}

impl Proxy {
    pub(crate) fn new(held: Held) -> Proxy {
        Proxy(Arc::new(held))
    }

    pub(crate) fn share(held: Arc<Held>) -> Proxy {
        Proxy(held)
    }

    /// Calls the object and waits for the answer, at most for `timeout`.
    ///
    /// Dropping the future cancels the call here: the transaction is forgotten, and a late answer is dropped. The peer is not
    /// told; what it began goes on.
    ///
    /// # Errors
    /// See [`CallError`]. Silence is never an answer.
    pub async fn call(&self, request: Request, timeout: Duration) -> Result<Value, CallError> {
        let mut pending = Pending::begin(self, request, timeout, false)?;
        match pending.response().await? {
            Response::Return(result) => Ok(result),
            response => Err(pending.failure(response)),
        }
    }

    /// Calls the object with a block that it may call any number of times before it answers.
    ///
    /// `timeout` is how long the peer may be silent: it begins anew when a block has answered, and does not run while one works.
    /// A block that raises answers the peer with that, which usually ends the call; one that throws ends the call here with
    /// [`CallError::Thrown`], and the peer hears that its block is gone (as when the future is dropped).
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn call_with_block<F>(
        &self,
        request: Request,
        timeout: Duration,
        mut block: F,
    ) -> Result<Value, CallError>
    where
        F: FnMut(Vec<Value>) -> Answer + Send,
    {
        let mut pending = Pending::begin(self, request, timeout, true)?;
        loop {
            match pending.response().await? {
                Response::Yield(arguments) => match block(arguments).await {
                    Ok(result) => pending.answer(Ok(result))?,
                    Err(Raise::Error(exception)) => pending.answer(Err(exception))?,
                    Err(Raise::Throw { tag, value }) => return Err(CallError::Thrown { tag, value }),
                },
                Response::Return(result) => return Ok(result),
                response => return Err(pending.failure(response)),
            }
        }
    }

    /// Whose object it is.
    pub fn connection(&self) -> &Connection {
        &self.0.connection
    }

    /// What it is called there.
    pub fn name(&self) -> &ObjectName {
        &self.0.name
    }
}

impl PartialEq for Proxy {
    fn eq(&self, other: &Proxy) -> bool {
        self.connection().id() == other.connection().id() && self.name() == other.name()
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({} on connection {})", self.name(), self.connection().id())
    }
}
