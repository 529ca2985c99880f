//! Serving a call of the peer's: the controller is polled once where the message was read, and gets a task of its own only if it
//! has to wait. Its panic is an answer.

use crate::lock::lock;
use crate::{
    Answer, Block, Call, Closed, Connection, Controller, Exception, Message, ProtocolError, Raise, Request,
    Value,
};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

type Outcome = Result<Value, Raise>;

/// Answers one call, now or later.
pub(crate) fn serve(
    connection: &Connection,
    id: u64,
    object: Arc<dyn Controller>,
    request: Request,
    block: bool,
) {
    if !lock(&connection.shared().transactions).accept(id) {
        return;
    }
    let method = request.method.clone();
    let begun = guarded(|| match unwrapped(request) {
        Err(raise) => Begun::Done(Err(raise)),
        Ok(request) if &*request.method == "respond_to?" && object.forwards_to().is_none() => {
            Begun::Done(responds(&*object, &request))
        }
        Ok(request) => {
            let block = block.then(|| Block::new(connection.clone(), id, method));
            Begun::Waits(object.call(Call { request, block }))
        }
    });
    let mut serving = Serving { connection: connection.clone(), id, answer: None };
    match begun {
        Ok(Begun::Waits(answer)) => serving.answer = Some(answer),
        Ok(Begun::Done(outcome)) => return serving.reply(outcome),
        Err(panic) => return serving.reply(Err(panic)),
    }
    // Whatever wakes it before its own task polls it again is made good by that poll.
    if Pin::new(&mut serving).poll(&mut Context::from_waker(Waker::noop())).is_pending() {
        let task = tokio::spawn(serving).abort_handle();
        let there = lock(&connection.shared().transactions).work(id, task.clone());
        if !there {
            task.abort();
        }
    }
}

enum Begun {
    Done(Outcome),
    Waits(Answer),
}

/// Ruby passes calls on as `public_send(method, …)`, once for each connection between.
fn unwrapped(mut request: Request) -> Result<Request, Raise> {
    while &*request.method == "public_send" {
        if request.arguments.is_empty() {
            return Err(Exception::argument("no method name given").into());
        }
        request.method = match request.arguments.remove(0) {
            Value::Symbol(method) => method,
            Value::String(method) => method.into(),
            other => return Err(Exception::argument(format!("{} is no method's name", other.kind())).into()),
        };
    }
    Ok(request)
}

fn responds(object: &dyn Controller, request: &Request) -> Outcome {
    let Some(method) = request.arguments.first().and_then(Value::as_str) else {
        return Err(Exception::argument("respond_to? takes a method's name").into());
    };
    Ok(Value::Bool(matches!(method, "respond_to?" | "public_send") || object.responds_to(method)))
}

/// A panic becomes what its caller hears.
pub(crate) fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, Raise> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let message = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let message = message.or_else(|| panic.downcast_ref::<String>().cloned());
        Exception::runtime(format!("panicked: {}", message.unwrap_or_else(|| "without a message".into())))
            .into()
    })
}

/// A call of the peer's that is being answered.
struct Serving {
    connection: Connection,
    id: u64,
    answer: Option<Answer>,
}

impl Future for Serving {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Some(answer) = &mut self.answer else { return Poll::Ready(()) };
        let outcome = match guarded(|| answer.as_mut().poll(context)) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(outcome)) => outcome,
            Err(panic) => Err(panic),
        };
        // Its destructors run before the caller hears of it, so that what it held is free by then.
        let answer = self.answer.take();
        let outcome = guarded(|| drop(answer)).and(outcome);
        self.reply(outcome);
        Poll::Ready(())
    }
}

impl Serving {
    fn reply(&self, outcome: Outcome) {
        let connection = &self.connection;
        let ended = lock(&connection.shared().transactions).end(self.id);
        let Some((_, alone)) = ended else { return };
        let id = self.id;
        let message = match outcome {
            Ok(result) => Message::Return { id, result },
            Err(Raise::Error(exception)) => Message::Error { id, exception },
            Err(Raise::Throw { tag, value }) => Message::Throw { id, tag, value },
        };
        if let Err(error @ ProtocolError::TooManyObjects { .. }) = connection.answer(id, &message, alone) {
            connection.finish(Closed::Protocol(error));
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        if let Some(answer) = self.answer.take() {
            let _ = guarded(|| drop(answer));
            let ended = lock(&self.connection.shared().transactions).end(self.id);
            drop(ended);
        }
    }
}
