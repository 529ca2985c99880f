//! One end of a connection, message by message: for what a well-behaved peer would never say.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};

use chaos_kitty_bus::{Exception, Limits, Message, Object, ObjectName, Request, Symbol, Value};

use crate::clock::PATIENCE;

/// A peer that sends what the test says, and keeps what comes.
///
/// Dropping it hangs up.
pub struct Wire {
    /// The whole of it, where it is a socket: what reads holds it open.
    stream: Option<UnixStream>,
    output: Box<dyn Write + Send>,
    incoming: Receiver<Vec<u8>>,
    /// Came while an answer was waited for.
    put_aside: VecDeque<Message>,
    next_id: u64,
}

impl Wire {
    /// Connects to a host from the test's own process, which every host's ancestor is.
    #[track_caller]
    pub fn connect(socket: &Path) -> Self {
        Self::over_stream(UnixStream::connect(socket).unwrap())
    }

    /// Over a stream that is there already.
    pub fn over_stream(stream: UnixStream) -> Self {
        let (input, output) = (stream.try_clone().unwrap(), stream.try_clone().unwrap());
        let mut wire = Self::over(input, output);
        wire.stream = Some(stream);
        wire
    }

    /// Over a way there and a way back.
    pub fn over(input: impl Read + Send + 'static, output: impl Write + Send + 'static) -> Self {
        let (sender, incoming) = channel();
        std::thread::spawn(move || {
            let mut input = input;
            while let Some(bytes) = frame(&mut input) {
                if sender.send(bytes).is_err() {
                    return;
                }
            }
        });
        Self { stream: None, output: Box::new(output), incoming, put_aside: VecDeque::new(), next_id: 1 }
    }

    /// Sends these bytes as they are.
    #[track_caller]
    pub fn send_bytes(&mut self, bytes: &[u8]) {
        self.output.write_all(bytes).and_then(|()| self.output.flush()).expect("the peer is gone");
    }

    /// Sends a message.
    #[track_caller]
    pub fn send(&mut self, message: &Message) {
        let mut bytes = Vec::new();
        message.encode(&mut bytes).unwrap();
        self.send_bytes(&bytes);
    }

    /// The next message; none when the peer has closed.
    #[track_caller]
    pub fn receive(&mut self) -> Option<Message> {
        if let Some(message) = self.put_aside.pop_front() {
            return Some(message);
        }
        match self.incoming.recv_timeout(PATIENCE) {
            Ok(bytes) => Some(Message::decode(&bytes, &Limits::default()).unwrap()),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("waited for a message"),
        }
    }

    /// The next message, however long it takes.
    pub(crate) fn receive_patiently(&mut self) -> Option<Message> {
        let aside = self.put_aside.pop_front();
        aside.or_else(|| Message::decode(&self.incoming.recv().ok()?, &Limits::default()).ok())
    }

    /// Sends a message if somebody is there, and answers whether.
    pub fn send_if_there(&mut self, message: &Message) -> bool {
        let mut bytes = Vec::new();
        message.encode(&mut bytes).unwrap();
        self.output.write_all(&bytes).and_then(|()| self.output.flush()).is_ok()
    }

    /// Calls an object and waits for its answer; what else comes meanwhile is kept.
    ///
    /// # Errors
    /// What the peer raised.
    #[track_caller]
    pub fn call(&mut self, object: impl Into<ObjectName>, request: Request) -> Result<Value, Exception> {
        let own = self.next_id;
        self.next_id += 2;
        self.send(&Message::Invoke { id: own, object: object.into(), request, block: false });
        let mut others = VecDeque::new();
        let answer = loop {
            match self.receive().expect("the peer closed and did not answer") {
                Message::Return { id, result } if id == own => break Ok(result),
                Message::Error { id, exception } if id == own => break Err(exception),
                other => others.push_back(other),
            }
        };
        self.put_aside.extend(others);
        answer
    }

    /// Registers an object called `victim` with a host, saying this about it.
    ///
    /// # Errors
    /// The host's refusal.
    #[track_caller]
    pub fn register(&mut self, options: Vec<(&str, Value)>) -> Result<Value, Exception> {
        let mut request = Request::new("register").argument(victim());
        for (key, value) in options {
            request = request.option(key, value);
        }
        self.call("chaos", request)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        if let Some(stream) = &self.stream {
            // The peer may have hung up first.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

/// The victim, as its worker passes it.
pub(crate) fn victim() -> Value {
    Value::Object(Object::Name(ObjectName::Symbol(Symbol::from("victim"))))
}

/// One whole message: an extension value is all the framing there is.
fn frame(input: &mut impl Read) -> Option<Vec<u8>> {
    let mut bytes = vec![0; 1];
    input.read_exact(&mut bytes).ok()?;
    let (width, rest) = match bytes[0] {
        first @ 0xd4..=0xd8 => (0, 1 + (1_usize << (first - 0xd4))),
        first @ 0xc7..=0xc9 => (1_usize << (first - 0xc7), 1),
        other => panic!("not the header of a message: {other:#x}"),
    };
    let mut length = vec![0; width];
    input.read_exact(&mut length).ok()?;
    let rest = rest + length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
    let begun = 1 + width;
    bytes.extend(length);
    bytes.resize(begun + rest, 0);
    input.read_exact(&mut bytes[begun..]).ok()?;
    Some(bytes)
}
