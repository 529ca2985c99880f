//! A worker that knows no more than Ruby's: `process_id:` alone, no protocol, no methods.

use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};

use chaos_kitty_bus::{Message, Request, Value};

use crate::clock::PATIENCE;
use crate::nest::Nest;
use crate::process::Process;
use crate::recording::ruby_answer;
use crate::wire::{Wire, victim};
use crate::workspace::Workspace;

/// A process of its own that registers, and answers every call as Ruby's worker does.
pub struct RubyWorker {
    relay: Process,
    calls: Receiver<Message>,
}

impl RubyWorker {
    /// Starts a process that passes on what the test says: its identity is its own, its words are the test's.
    #[track_caller]
    pub fn relay(nest: &Nest) -> (Process, Wire) {
        let mut command = nest.command(Workspace::built().program("chaos-kitty-test-relay"));
        Self::relay_by(command.arg(nest.socket()))
    }

    /// The same, by a command that says how the relay is to be started.
    #[track_caller]
    pub fn relay_by(command: &mut std::process::Command) -> (Process, Wire) {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
        // The relay's output is a socket, since its log is text and this is not.
        let mut relay = Process::start_into("the relay", command, theirs.into());
        let input = relay.take_input().unwrap();
        (relay, Wire::over(ours, input))
    }

    /// Registers with the host of this nest, and serves.
    #[track_caller]
    pub fn start(nest: &Nest) -> Self {
        let (relay, mut wire) = Self::relay(nest);
        let request = Request::new("register").argument(victim()).option("process_id", relay.pid());
        wire.call("chaos", request).unwrap();
        let (sender, calls) = channel();
        std::thread::spawn(move || {
            while let Some(message) = wire.receive_patiently() {
                if let Message::Invoke { id, request, .. } = &message {
                    let (method, options) = plain(request);
                    let answer = match ruby_answer(&method, options) {
                        Ok(result) => Message::Return { id: *id, result },
                        Err(exception) => Message::Error { id: *id, exception },
                    };
                    if sender.send(message.clone()).is_err() || !wire.send_if_there(&answer) {
                        return;
                    }
                }
            }
        });
        Self { relay, calls }
    }

    /// Its pid.
    pub fn pid(&self) -> i32 {
        self.relay.pid()
    }

    /// The next call that reached it, as it came over the wire.
    #[track_caller]
    pub fn called(&self) -> Message {
        match self.calls.recv_timeout(PATIENCE) {
            Ok(message) => message,
            Err(RecvTimeoutError::Timeout) => panic!("nobody called the Ruby worker"),
            Err(RecvTimeoutError::Disconnected) => panic!("the Ruby worker's connection has ended"),
        }
    }
}

fn plain(request: &Request) -> (String, &[(Value, Value)]) {
    let method = match (&*request.method, request.arguments.first()) {
        ("public_send", Some(method)) => method.as_str().unwrap().to_owned(),
        (method, _) => method.to_owned(),
    };
    (method, &request.options)
}
