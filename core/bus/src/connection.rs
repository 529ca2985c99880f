//! Connection: one socket and its live transactions.

use crate::encode::{Export, PROXY, REFERENCE};
use crate::lock::lock;
use crate::objects::Objects;
use crate::outbox::Outbox;
use crate::proxy::Held;
use crate::pump::Pump;
use crate::serve::guarded;
use crate::transactions::Transactions;
use crate::{Closed, Controller, Forward, Limits, Message, Object, ObjectName, ProtocolError, Proxy, Symbol};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::task::Waker;
use tokio::{net::UnixStream, sync::Notify};

/// Which end of the socket this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The end that connected; its transactions are odd.
    Client,
    /// The end that accepted; its transactions are even.
    Server,
}

/// One socket and its live transactions: calls both ways at once, many at a time.
///
/// This is a handle, cheap to clone. The connection itself is a task; it lives until either side closes it, whether or not
/// anyone holds a handle.
#[derive(Clone)]
pub struct Connection(Arc<Shared>);

pub(crate) struct Shared {
    id: u64,
    pub(crate) limits: Limits,
    pub(crate) transactions: Mutex<Transactions>,
    pub(crate) objects: Mutex<Objects>,
    pub(crate) outbox: Mutex<Outbox>,
    /// Wakes the connection's task.
    pump: Mutex<Option<Waker>>,
    closed: OnceLock<Arc<Closed>>,
    ended: Notify,
}

/// Room for a small message, so that it is not moved while it is encoded.
const FRAME: usize = 64;

static CONNECTIONS: AtomicU64 = AtomicU64::new(1);

impl Connection {
    /// Starts to serve a socket on the current tokio runtime. `bindings` are there before the first message is read; their
    /// objects live as long as the connection.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn start(
        stream: UnixStream,
        side: Side,
        limits: Limits,
        bindings: Vec<(Symbol, Arc<dyn Controller>)>,
    ) -> Connection {
        let (reader, writer) = stream.into_split();
        let mut objects = Objects::new(side);
        for (name, object) in bindings {
            objects.name(name, object);
        }
        let connection = Connection(Arc::new(Shared {
            id: CONNECTIONS.fetch_add(1, Ordering::Relaxed),
            limits,
            transactions: Mutex::new(Transactions::new(side)),
            objects: Mutex::new(objects),
            outbox: Mutex::new(Outbox::new(writer)),
            pump: Mutex::new(None),
            closed: OnceLock::new(),
            ended: Notify::new(),
        }));
        tokio::spawn(Pump::new(connection.clone(), reader));
        connection
    }

    /// Binds an object under a name, for as long as the connection lives; one that had the name before has it no longer.
    pub fn bind(&self, name: impl Into<Symbol>, object: Arc<dyn Controller>) {
        let before = lock(&self.0.objects).name(name.into(), object);
        drop(before);
    }

    /// A handle of an object that the peer has bound under this name, or is believed to have.
    pub fn proxy(&self, name: impl Into<ObjectName>) -> Proxy {
        let name = name.into();
        match self.hold(name.clone(), usize::MAX) {
            Ok(proxy) => proxy,
            Err(_) => Proxy::new(Held { connection: self.clone(), name }),
        }
    }

    /// Waits until the connection has ended, and answers why.
    pub async fn closed(&self) -> Arc<Closed> {
        loop {
            let ended = self.0.ended.notified();
            if let Some(why) = self.ended() {
                return why;
            }
            ended.await;
        }
    }

    /// Ends the connection. What was already sent is written as far as the socket takes it at once; calls in flight fail with
    /// [`crate::CallError::Closed`], and calls of the peer's that are being answered are dropped. Closing twice does nothing.
    pub fn close(&self, reason: &str) {
        self.finish(Closed::Local { reason: reason.into() });
    }

    /// A number of this connection's own in this process.
    pub fn id(&self) -> u64 {
        self.0.id
    }

    /// How many calls are in flight, both ways together.
    pub fn transactions(&self) -> usize {
        lock(&self.0.transactions).len()
    }

    /// How many objects are bound under a number for the peer, which it has not released.
    pub fn objects(&self) -> usize {
        lock(&self.0.objects).numbered()
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.0
    }

    /// Why it ended, if it has.
    pub fn ended(&self) -> Option<Arc<Closed>> {
        self.0.closed.get().cloned()
    }

    /// A proxy of the peer's object; two of the same name share one release.
    pub(crate) fn hold(&self, name: ObjectName, limit: usize) -> Result<Proxy, ProtocolError> {
        let hold = |name| Held { connection: self.clone(), name };
        lock(&self.0.objects).hold(name, limit, hold).map(Proxy::share)
    }

    /// Sends a message. `alone` says that nothing else is in flight, so that waiting for more to gather would be in vain.
    ///
    /// # Errors
    /// It cannot be encoded: nothing was sent, and nothing stays bound.
    pub(crate) fn send(&self, message: &Message, alone: bool) -> Result<(), ProtocolError> {
        let mut frame = Vec::with_capacity(FRAME);
        let mut bound = Departures { connection: self, numbers: Vec::new() };
        if let Err(error) = message.encode_with(&mut frame, &self.0.limits, &mut bound) {
            bound.undo();
            return Err(error);
        }
        let pushed = lock(&self.0.outbox).push(frame, alone, self.0.limits.queued_bytes);
        match pushed {
            Ok(true) => self.wake(),
            Ok(false) => {}
            Err(error) => self.finish(Closed::Protocol(error)),
        }
        Ok(())
    }

    /// Wakes the connection's task. Before its first poll there is nobody to wake, and it looks at everything then.
    pub(crate) fn wake(&self) {
        let waker = lock(&self.0.pump).clone();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// The connection's task says how to wake it.
    pub(crate) fn register(&self, waker: &Waker) {
        let mut pump = lock(&self.0.pump);
        if !pump.as_ref().is_some_and(|known| known.will_wake(waker)) {
            *pump = Some(waker.clone());
        }
    }

    /// Ends the connection, the first time it is asked to.
    pub(crate) fn finish(&self, why: Closed) {
        if self.0.closed.set(Arc::new(why)).is_err() {
            return;
        }
        // First of all nothing is said any more: the task, on another thread, may still be at a call to an object that is about
        // to go, and its caller must not hear that there never was one.
        lock(&self.0.outbox).close();
        let transactions = lock(&self.0.transactions).drain();
        let objects = lock(&self.0.objects).drain();
        for transaction in transactions {
            transaction.abandon();
        }
        self.0.ended.notify_waiters();
        self.wake();
        // A destructor of a user's that panics harms nobody but its object.
        let _ = guarded(|| drop(objects));
    }
}

/// Objects that go out in one message, and the numbers that they were bound under for it.
struct Departures<'a> {
    connection: &'a Connection,
    numbers: Vec<u64>,
}

impl Departures<'_> {
    fn number(&mut self, object: Arc<dyn Controller>) -> Result<ObjectName, ProtocolError> {
        let shared = self.connection.shared();
        let number = lock(&shared.objects).number(object, &shared.limits)?;
        self.numbers.push(number);
        Ok(ObjectName::Number(number))
    }

    fn undo(self) {
        for number in self.numbers {
            let object = lock(&self.connection.shared().objects).release(&ObjectName::Number(number));
            drop(object);
        }
    }
}

impl Export for Departures<'_> {
    fn export(&mut self, object: &Object) -> Result<(u8, ObjectName), ProtocolError> {
        Ok(match object {
            Object::Name(name) => (PROXY, name.clone()),
            Object::Reference(name) => (REFERENCE, name.clone()),
            Object::Proxy(proxy) if proxy.connection().id() == self.connection.id() => {
                (PROXY, proxy.name().clone())
            }
            Object::Proxy(proxy) => {
                (PROXY, self.number(Arc::new(Forward::new(proxy.clone(), Forward::TIMEOUT)))?)
            }
            Object::Controller(object) => (REFERENCE, self.number(object.clone())?),
            Object::Bound(object) => (PROXY, self.number(object.clone())?),
        })
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Connection({})", self.0.id)
    }
}
