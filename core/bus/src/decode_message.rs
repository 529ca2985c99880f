//! Decoding: a message's payload to the message.

use crate::decode::{Decoder, Import, Unbound, wrong};
use crate::{Limits, Message, ProtocolError, Request, Value, frame};

impl Message {
    /// Reads one whole message, and nothing after it. Objects stay names.
    ///
    /// # Errors
    /// Whatever is wrong with the bytes, or the bound that they pass.
    pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Message, ProtocolError> {
        let frame = frame::header(bytes)?.ok_or(ProtocolError::Truncated)?;
        if frame.end - frame.start > limits.frame_bytes {
            return Err(ProtocolError::FrameTooLarge {
                bytes: frame.end - frame.start,
                limit: limits.frame_bytes,
            });
        }
        let payload = bytes.get(frame.start..frame.end).ok_or(ProtocolError::Truncated)?;
        match bytes.len() - frame.end {
            0 => Message::decode_with(frame.code, payload, limits, &mut Unbound),
            count => Err(ProtocolError::TrailingBytes { count }),
        }
    }

    /// Reads a message's payload, with the objects of a connection.
    pub(crate) fn decode_with(
        code: u8,
        payload: &[u8],
        limits: &Limits,
        import: &mut dyn Import,
    ) -> Result<Message, ProtocolError> {
        let mut decoder = Decoder::new(payload, limits, import);
        let message = decoder.message(code)?;
        decoder.finish()?;
        Ok(message)
    }
}

/// The transaction that a payload begins with, if that much of it can be read.
pub(crate) fn transaction(payload: &[u8]) -> Result<u64, ProtocolError> {
    Decoder::new(payload, &Limits::default(), &mut Unbound).unsigned("a transaction's number")
}

impl Decoder<'_> {
    fn message(&mut self, code: u8) -> Result<Message, ProtocolError> {
        if code == 0x11 {
            return Ok(Message::Release { object: self.name()? });
        }
        if code > 0x06 {
            return Err(ProtocolError::UnknownMessage { code });
        }
        let id = self.unsigned("a transaction's number")?;
        Ok(match code {
            0x00 => {
                let object = self.name()?;
                let request = self.request()?;
                let block = match self.value()? {
                    Value::Bool(block) => block,
                    other => return wrong("whether there is a block", &other),
                };
                Message::Invoke { id, object, request, block }
            }
            0x01 => Message::Return { id, result: self.value()? },
            0x02 => match self.value()? {
                Value::Array(arguments) => Message::Yield { id, arguments },
                other => return wrong("an array of arguments", &other),
            },
            0x03 => match self.value()? {
                Value::Exception(exception) => Message::Error { id, exception: *exception },
                other => return wrong("an exception", &other),
            },
            0x04 => Message::Next { id, result: self.value()? },
            0x05 => match self.value()? {
                Value::Array(pair) => {
                    let [tag, value] =
                        <[Value; 2]>::try_from(pair).map_err(|_| ProtocolError::WrongKind {
                            expected: "a tag and a value",
                            found: "an array of another length",
                        })?;
                    Message::Throw { id, tag, value }
                }
                other => return wrong("an array of tag and value", &other),
            },
            _ => match self.value()? {
                Value::Nil => Message::Close { id },
                other => return wrong("nil", &other),
            },
        })
    }

    fn request(&mut self) -> Result<Request, ProtocolError> {
        let count = self.unsigned("the number of arguments")?;
        if count == 0 {
            return Err(ProtocolError::WrongKind { expected: "the method's name", found: "no arguments" });
        }
        let method = match self.value()? {
            Value::Symbol(method) => method,
            other => return wrong("the method's name, a symbol", &other),
        };
        let mut request = Request::new(method);
        for _ in 1..count {
            request.arguments.push(self.value()?);
        }
        for _ in 0..self.unsigned("the number of options")? {
            request.options.push((self.value()?, self.value()?));
        }
        Ok(request)
    }
}
