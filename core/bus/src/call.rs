//! A call of ours in flight: its transaction, until the answer is here or the caller has gone.

use crate::lock::lock;
use crate::transactions::Response;
use crate::{CallError, Closed, Connection, Exception, Message, Proxy, Request, Symbol, Value, clock};
use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

/// A call in flight. Dropping it forgets the transaction.
pub(crate) struct Pending<'a> {
    connection: &'a Connection,
    id: u64,
    method: Symbol,
    timeout: Duration,
    /// The peer may still call our block, and is told when it is gone.
    block: bool,
    /// Its transaction is over: there is nothing left to forget.
    over: bool,
}

impl<'a> Pending<'a> {
    /// Sends the request.
    pub(crate) fn begin(
        proxy: &'a Proxy,
        request: Request,
        timeout: Duration,
        block: bool,
    ) -> Result<Pending<'a>, CallError> {
        let connection = proxy.connection();
        let shared = connection.shared();
        let method = request.method.clone();
        let refused =
            |error: crate::ProtocolError, method| CallError::Refused { method, reason: error.to_string() };
        let (id, alone, alarm) = {
            let mut transactions = lock(&shared.transactions);
            // The connection is marked as ended before its transactions are: what is begun here is ended there.
            if let Some(why) = connection.ended() {
                return Err(CallError::Closed { method, why });
            }
            let id = match transactions.begin(block, &shared.limits) {
                Ok(id) => id,
                Err(error) => return Err(refused(error, method)),
            };
            let alarm = transactions.expect(id, clock::after(timeout)).unwrap_or(false);
            (id, transactions.len() == 1, alarm)
        };
        let mut pending = Pending { connection, id, method, timeout, block: false, over: false };
        let message = Message::Invoke { id, object: proxy.name().clone(), request, block };
        if let Err(error) = connection.send(&message, alone) {
            return Err(refused(error, pending.method.clone()));
        }
        pending.block = block;
        if alarm {
            connection.wake();
        }
        Ok(pending)
    }

    /// The peer's next word.
    pub(crate) async fn response(&mut self) -> Result<Response, CallError> {
        let shared = self.connection.shared();
        let response = poll_fn(|context| lock(&shared.transactions).poll(self.id, context)).await;
        self.over = response.as_ref().is_none_or(Response::is_last);
        response.ok_or_else(|| self.closed())
    }

    /// What the block came to.
    pub(crate) fn answer(&self, result: Result<Value, Exception>) -> Result<(), CallError> {
        let shared = self.connection.shared();
        let (alarm, alone) = {
            let mut transactions = lock(&shared.transactions);
            let alarm = transactions.expect(self.id, clock::after(self.timeout));
            (alarm.ok_or_else(|| self.closed())?, transactions.len() == 1)
        };
        let id = self.id;
        let message = match result {
            Ok(result) => Message::Next { id, result },
            Err(exception) => Message::Error { id, exception },
        };
        if let Err(error) = self.connection.send(&message, alone) {
            let exception = Exception::runtime(format!("the block's answer cannot be sent: {error}"));
            let _ = self.connection.send(&Message::Error { id, exception }, alone);
        }
        if alarm {
            self.connection.wake();
        }
        Ok(())
    }

    /// A response that is no answer.
    pub(crate) fn failure(&self, response: Response) -> CallError {
        let method = self.method.clone();
        match response {
            Response::TimedOut => CallError::TimedOut { method, after: self.timeout },
            Response::Error(exception) => CallError::Remote(exception),
            Response::Throw(tag, value) => CallError::Thrown { tag, value },
            Response::Return(_) | Response::Yield(_) | Response::Next(_) | Response::Close => self.closed(),
        }
    }

    fn closed(&self) -> CallError {
        let why = self.connection.ended().unwrap_or_else(|| Arc::new(Closed::Peer));
        CallError::Closed { method: self.method.clone(), why }
    }
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        if self.over {
            return;
        }
        let ended = lock(&self.connection.shared().transactions).end(self.id);
        if ended.is_some() && self.block {
            let _ = self.connection.send(&Message::Close { id: self.id }, false);
        }
    }
}
