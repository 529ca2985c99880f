//! The host, as the boundary shows it to an operation in another process.

use std::collections::HashMap;
use std::io::{BufReader, Write};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chaos_kitty_abi::host::{Host, Host_TO};
use chaos_kitty_abi::{Bytes, FfiFuture, FutureExt, HostObject, RResult, RSlice, RStr, TD_Opaque};
use tokio::sync::oneshot;

use super::frame::{Frame, Kind, LONGEST};
use crate::plugin::dialect;

type Answer = RResult<Bytes, Bytes>;

/// This process's end of the socket on which the operation asks.
pub(super) struct RemoteHost {
    socket: Mutex<UnixStream>,
    asked: AtomicU64,
    waiting: Mutex<HashMap<u64, oneshot::Sender<Answer>>>,
}

impl RemoteHost {
    pub(super) fn new(socket: UnixStream) -> Arc<Self> {
        Arc::new(Self { socket: Mutex::new(socket), asked: AtomicU64::new(0), waiting: Mutex::default() })
    }

    pub(super) fn object(self: &Arc<Self>) -> HostObject {
        Host_TO::from_value(Remote(Arc::clone(self)), TD_Opaque)
    }

    /// Hands out answers until the host is gone.
    pub(super) fn listen(&self, socket: UnixStream) {
        let mut frames = BufReader::new(socket);
        while let Ok(Some(Frame { kind, number, body })) = Frame::read(&mut frames) {
            let waits = self.waiting().remove(&number);
            let answer =
                if kind == Kind::Done { RResult::ROk(body.into()) } else { RResult::RErr(body.into()) };
            // Who does not wait any more has said so.
            let _ = waits.map(|waits| waits.send(answer));
        }
    }

    /// Says something to which there is no answer. Should the host be gone, this process is about to be.
    pub(super) fn tell(&self, kind: Kind, number: u64, body: &[&[u8]]) {
        let bytes = Frame::bytes(kind, number, body);
        let _ = self.socket.lock().unwrap_or_else(PoisonError::into_inner).write_all(&bytes);
    }

    fn ask(&self, kind: Kind, body: &[&[u8]]) -> (u64, oneshot::Receiver<Answer>) {
        let number = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
        let (answer, answered) = oneshot::channel();
        self.waiting().insert(number, answer);
        self.tell(kind, number, body);
        (number, answered)
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, HashMap<u64, oneshot::Sender<Answer>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Remote(Arc<RemoteHost>);

impl Host for Remote {
    fn call(&self, target: u64, request: Bytes) -> FfiFuture<Answer> {
        if let Some(refusal) = too_long(&request) {
            return std::future::ready(refusal).into_ffi();
        }
        let (number, answered) = self.0.ask(Kind::Call, &[&target.to_le_bytes(), &request]);
        let forgotten = Forgotten { host: Arc::clone(&self.0), number };
        async move {
            let answer = answered.await.unwrap_or_else(|_| lost());
            drop(forgotten);
            answer
        }
        .into_ffi()
    }

    fn extension(&self, name: RStr<'_>, body: RSlice<'_, u8>) -> Answer {
        let (name, body) = (name.as_str().as_bytes(), body.as_slice());
        let Ok(length) = u8::try_from(name.len()) else { return lost() };
        if let Some(refusal) = too_long(body) {
            return refusal;
        }
        let parts = [&[length][..], name, body];
        if name == b"log" {
            self.0.tell(Kind::Extension, 0, &parts);
            return RResult::ROk(dialect::encode(chaos_kitty_bus::Value::Nil).into());
        }
        let (_, answered) = self.0.ask(Kind::Extension, &parts);
        answered.blocking_recv().unwrap_or_else(|_| lost())
    }
}

/// A call that nobody waits for any more.
struct Forgotten {
    host: Arc<RemoteHost>,
    number: u64,
}

impl Drop for Forgotten {
    fn drop(&mut self) {
        if self.host.waiting().remove(&self.number).is_some() {
            self.host.tell(Kind::Forget, self.number, &[]);
        }
    }
}

fn too_long(request: &[u8]) -> Option<Answer> {
    // A little is added to it.
    let most = LONGEST - 512;
    let message = format!("{} bytes are more than a request may have, which is {most}", request.len());
    (request.len() > most)
        .then(|| RResult::RErr(dialect::encode(dialect::failure("parameter", &message)).into()))
}

fn lost() -> Answer {
    RResult::RErr(dialect::encode(dialect::failure("failed", "the host is gone")).into())
}
