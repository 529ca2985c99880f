//! A victim that does nothing, and tells figures: what the test says it has seen.

use std::sync::mpsc::{Receiver, Sender, channel};

use chaos_kitty_bus::{Message, Request, Symbol, Value};

use crate::clock::PATIENCE;
use crate::nest::Nest;
use crate::process::Process;
use crate::ruby_worker::RubyWorker;

/// A process of its own with a worker of `protocol: 1`, which declares what it likes.
pub struct Teller {
    relay: Process,
    figures: Sender<Value>,
    calls: Receiver<Request>,
}

impl Teller {
    /// Registers with the host of this nest, and waits to be called.
    #[track_caller]
    pub fn start(nest: &Nest, name: &str, methods: &[&str]) -> Self {
        let (relay, mut wire) = RubyWorker::relay(nest);
        let methods: Vec<Value> = methods.iter().map(|name| Symbol::from(*name).into()).collect();
        let about = [("name", name.into()), ("protocol", 1.into()), ("methods", Value::Array(methods))];
        wire.register(about.into()).unwrap();
        let ((figures, told), (sender, calls)) = (channel::<Value>(), channel());
        std::thread::spawn(move || {
            let mut observed = Value::Map(Vec::new());
            while let Some(message) = wire.receive_patiently() {
                let Message::Invoke { id, request, .. } = message else { continue };
                observed = told.try_iter().last().unwrap_or(observed);
                let result = Value::map([("observed", observed.clone())]);
                // It is kept before it is answered: who hears of the answer finds the call.
                if sender.send(request).is_err() || !wire.send_if_there(&Message::Return { id, result }) {
                    return;
                }
            }
        });
        Self { relay, figures, calls }
    }

    /// From here on it tells these figures.
    pub fn tells(&self, figures: &[(&'static str, f64)]) {
        self.figures.send(Value::map(figures.iter().copied())).expect("its connection has ended");
    }

    /// The next call that reached it.
    #[track_caller]
    pub fn called(&self) -> Request {
        self.calls.recv_timeout(PATIENCE).expect("nobody called it")
    }

    /// Its pid.
    pub fn pid(&self) -> i32 {
        self.relay.pid()
    }
}
