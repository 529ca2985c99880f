//! Dispatch: what becomes of a message that arrives.

use crate::decode::Import;
use crate::decode_message;
use crate::inbox::Inlet;
use crate::lock::lock;
use crate::serve::{guarded, serve};
use crate::transactions::{Delivery, Response};
use crate::{Connection, Exception, Message, Object, ObjectName, ProtocolError, Request};
use std::task::Waker;

/// Where a connection's messages arrive.
pub(crate) struct Dispatch<'a> {
    connection: &'a Connection,
    /// Who waited for what has arrived.
    awaited: &'a mut Vec<Waker>,
}

impl Inlet for Dispatch<'_> {
    fn message(&mut self, code: u8, payload: &[u8]) -> Result<(), ProtocolError> {
        let connection = self.connection;
        match Message::decode_with(code, payload, &connection.shared().limits, &mut Arrivals(connection)) {
            Ok(message) => self.dispatch(message),
            Err(error) if code == 0 => self.unreadable(payload, error),
            Err(error) => Err(error),
        }
    }

    fn too_large(&mut self, id: u64, error: &ProtocolError) {
        if self.admit(id).is_ok() {
            self.tell(id, Exception::argument(error.to_string()));
        }
    }
}

impl<'a> Dispatch<'a> {
    pub(crate) fn new(connection: &'a Connection, awaited: &'a mut Vec<Waker>) -> Dispatch<'a> {
        Dispatch { connection, awaited }
    }

    fn dispatch(&mut self, message: Message) -> Result<(), ProtocolError> {
        match message {
            Message::Invoke { id, object, request, block } => self.invoke(id, &object, request, block),
            Message::Return { id, result } => self.deliver(id, Response::Return(result)),
            Message::Yield { id, arguments } => self.deliver(id, Response::Yield(arguments)),
            Message::Error { id, exception } => self.deliver(id, Response::Error(exception)),
            Message::Next { id, result } => self.deliver(id, Response::Next(result)),
            Message::Throw { id, tag, value } => self.deliver(id, Response::Throw(tag, value)),
            Message::Close { id } => self.deliver(id, Response::Close),
            Message::Release { object } => {
                let released = lock(&self.connection.shared().objects).release(&object);
                let _ = guarded(|| drop(released));
                Ok(())
            }
        }
    }

    fn deliver(&mut self, id: u64, response: Response) -> Result<(), ProtocolError> {
        let mut response = Some(response);
        let delivery = lock(&self.connection.shared().transactions).deliver(id, &mut response);
        match delivery {
            Delivery::Wake(waker) => self.awaited.extend(waker),
            Delivery::Dropped => {}
            Delivery::NoBlock => self.tell(id, Exception::argument("no block was given")),
            Delivery::TooMany => return Err(ProtocolError::TooManyYields { id }),
        }
        Ok(())
    }

    fn admit(&self, id: u64) -> Result<(), ProtocolError> {
        let shared = self.connection.shared();
        lock(&shared.transactions).admit(id, &shared.limits)
    }

    fn invoke(
        &self,
        id: u64,
        object: &ObjectName,
        request: Request,
        block: bool,
    ) -> Result<(), ProtocolError> {
        if let Err(error) = self.admit(id) {
            self.tell(id, Exception::runtime(error.to_string()));
            return Err(error);
        }
        let bound = lock(&self.connection.shared().objects).get(object);
        match bound {
            Some(object) => serve(self.connection, id, object, request, block),
            None => self.tell(id, Exception::name(format!("Object not found: {object}"))),
        }
        Ok(())
    }

    /// A call that cannot be read. Its caller is told; if only what it says is wrong, everything else goes on.
    fn unreadable(&self, payload: &[u8], error: ProtocolError) -> Result<(), ProtocolError> {
        let Ok(id) = decode_message::transaction(payload) else { return Err(error) };
        if self.admit(id).is_err() {
            return Err(error);
        }
        self.tell(id, Exception::argument(error.to_string()));
        if error.is_content() { Ok(()) } else { Err(error) }
    }

    fn tell(&self, id: u64, exception: Exception) {
        // An exception of ours is small and holds no objects: it always fits.
        let _ = self.connection.send(&Message::Error { id, exception }, false);
    }
}

/// What an object that arrives is to us: one of ours come home, or a proxy of the peer's.
struct Arrivals<'a>(&'a Connection);

impl Import for Arrivals<'_> {
    fn import(&mut self, _: u8, name: ObjectName) -> Result<Object, ProtocolError> {
        let shared = self.0.shared();
        let ours = lock(&shared.objects).get(&name);
        Ok(match ours {
            Some(object) => match object.forwards_to() {
                Some(proxy) => Object::Proxy(proxy.clone()),
                None => Object::Controller(object),
            },
            None => Object::Proxy(self.0.hold(name, shared.limits.objects)?),
        })
    }
}
