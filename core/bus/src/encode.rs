//! Encoding: a value or a message to its bytes.

use crate::{Exception, Limits, Message, Object, ObjectName, ProtocolError, Symbol, Value};

/// How an object of a live connection goes out: as which extension, under which name.
pub(crate) trait Export {
    /// Binds the object, if it has to be.
    fn export(&mut self, object: &Object) -> Result<(u8, ObjectName), ProtocolError>;
}

pub(crate) const PROXY: u8 = 0x10;
pub(crate) const SYMBOL: u8 = 0x20;
pub(crate) const EXCEPTION: u8 = 0x21;
pub(crate) const CLASS: u8 = 0x22;
pub(crate) const REFERENCE: u8 = 0x30;

/// Without a connection: names only.
struct Unbound;

impl Export for Unbound {
    fn export(&mut self, object: &Object) -> Result<(u8, ObjectName), ProtocolError> {
        match object {
            Object::Name(name) => Ok((PROXY, name.clone())),
            Object::Reference(name) => Ok((REFERENCE, name.clone())),
            Object::Proxy(_) | Object::Controller(_) | Object::Bound(_) => Err(ProtocolError::UnboundObject),
        }
    }
}

/// Appends a value's bytes.
///
/// # Errors
/// [`ProtocolError::TooDeep`] beyond the default depth, [`ProtocolError::UnboundObject`] for an object that only a connection
/// can send, [`ProtocolError::FrameTooLarge`] for a string, binary, array or map of 4 Gi and more.
pub fn encode_value(value: &Value, out: &mut Vec<u8>) -> Result<(), ProtocolError> {
    Encoder { out, depth: Limits::default().depth, limit: Limits::default().depth, export: &mut Unbound }
        .value(value)
}

impl Message {
    /// Appends the message's bytes.
    ///
    /// # Errors
    /// As for [`encode_value`].
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), ProtocolError> {
        self.encode_with(out, &Limits::default(), &mut Unbound)
    }

    /// The same, with the objects of a connection.
    pub(crate) fn encode_with(
        &self,
        out: &mut Vec<u8>,
        limits: &Limits,
        export: &mut dyn Export,
    ) -> Result<(), ProtocolError> {
        let start = out.len();
        Encoder { out, depth: limits.depth, limit: limits.depth, export }.message(self)?;
        let bytes = out.len() - start;
        if bytes > limits.frame_bytes {
            out.truncate(start);
            return Err(ProtocolError::FrameTooLarge { bytes, limit: limits.frame_bytes });
        }
        Ok(())
    }
}

struct Encoder<'a> {
    out: &'a mut Vec<u8>,
    /// Levels that are left.
    depth: usize,
    limit: usize,
    export: &'a mut dyn Export,
}

type Encoded = Result<(), ProtocolError>;

impl Encoder<'_> {
    fn message(&mut self, message: &Message) -> Encoded {
        match message {
            Message::Invoke { id, object, request, block } => self.extension(0x00, |e| {
                e.unsigned(*id);
                e.name(object)?;
                e.unsigned(request.arguments.len() as u64 + 1);
                e.symbol(&request.method)?;
                request.arguments.iter().try_for_each(|argument| e.value(argument))?;
                e.unsigned(request.options.len() as u64);
                e.pairs(&request.options)?;
                e.value(&Value::Bool(*block))
            }),
            Message::Return { id, result } => self.response(0x01, *id, |e| e.value(result)),
            Message::Yield { id, arguments } => self.response(0x02, *id, |e| e.array(arguments)),
            Message::Error { id, exception } => self.response(0x03, *id, |e| e.exception(exception)),
            Message::Next { id, result } => self.response(0x04, *id, |e| e.value(result)),
            Message::Throw { id, tag, value } => self.response(0x05, *id, |e| {
                e.deeper(|e| {
                    e.length(2, 0x90, 16, None, 0xdc, 0xdd)?;
                    e.value(tag)?;
                    e.value(value)
                })
            }),
            Message::Close { id } => self.response(0x06, *id, |e| e.value(&Value::Nil)),
            Message::Release { object } => self.extension(0x11, |e| e.name(object)),
        }
    }

    fn response(&mut self, code: u8, id: u64, payload: impl FnOnce(&mut Self) -> Encoded) -> Encoded {
        self.extension(code, |e| {
            e.unsigned(id);
            payload(e)
        })
    }

    fn value(&mut self, value: &Value) -> Encoded {
        match value {
            Value::Nil => self.out.push(0xc0),
            Value::Bool(false) => self.out.push(0xc2),
            Value::Bool(true) => self.out.push(0xc3),
            Value::Int(number) => self.integer(*number),
            Value::UInt(number) => self.unsigned(*number),
            Value::Float(number) => {
                self.out.push(0xcb);
                self.out.extend(number.to_be_bytes());
            }
            Value::String(text) => self.string(text)?,
            Value::Binary(bytes) => {
                self.length(bytes.len(), 0, 0, Some(0xc4), 0xc5, 0xc6)?;
                self.out.extend(bytes);
            }
            Value::Symbol(name) => self.symbol(name)?,
            Value::Array(values) => self.array(values)?,
            Value::Map(entries) => self.deeper(|e| {
                e.length(entries.len(), 0x80, 16, None, 0xde, 0xdf)?;
                e.pairs(entries)
            })?,
            Value::Class(name) => self.extension(CLASS, |e| {
                e.out.extend(name.as_bytes());
                Ok(())
            })?,
            Value::Exception(exception) => self.exception(exception)?,
            Value::Object(object) => {
                let (code, name) = self.export.export(object)?;
                self.deeper(|e| e.extension(code, |e| e.name(&name)))?;
            }
        }
        Ok(())
    }

    fn deeper(&mut self, inner: impl FnOnce(&mut Self) -> Encoded) -> Encoded {
        self.depth = self.depth.checked_sub(1).ok_or(ProtocolError::TooDeep { limit: self.limit })?;
        inner(self)?;
        self.depth += 1;
        Ok(())
    }

    fn array(&mut self, values: &[Value]) -> Encoded {
        self.deeper(|e| {
            e.length(values.len(), 0x90, 16, None, 0xdc, 0xdd)?;
            values.iter().try_for_each(|value| e.value(value))
        })
    }

    fn pairs(&mut self, entries: &[(Value, Value)]) -> Encoded {
        entries.iter().try_for_each(|(key, value)| {
            self.value(key)?;
            self.value(value)
        })
    }

    fn exception(&mut self, exception: &Exception) -> Encoded {
        self.deeper(|e| {
            e.extension(EXCEPTION, |e| {
                e.string(&exception.class)?;
                e.string(&exception.message)?;
                let Some(lines) = &exception.backtrace else { return e.value(&Value::Nil) };
                e.deeper(|e| {
                    e.length(lines.len(), 0x90, 16, None, 0xdc, 0xdd)?;
                    lines.iter().try_for_each(|line| e.string(line))
                })
            })
        })
    }

    fn name(&mut self, name: &ObjectName) -> Encoded {
        match name {
            ObjectName::Symbol(name) => self.symbol(name),
            ObjectName::Number(number) => {
                self.unsigned(*number);
                Ok(())
            }
        }
    }

    fn symbol(&mut self, name: &Symbol) -> Encoded {
        self.extension(SYMBOL, |e| {
            e.out.extend(name.as_bytes());
            Ok(())
        })
    }

    fn string(&mut self, text: &str) -> Encoded {
        self.length(text.len(), 0xa0, 32, Some(0xd9), 0xda, 0xdb)?;
        self.out.extend(text.as_bytes());
        Ok(())
    }

    fn unsigned(&mut self, number: u64) {
        match number {
            0..0x80 => self.out.push(number as u8),
            0x80..0x100 => self.out.extend([0xcc, number as u8]),
            0x100..0x1_0000 => self.marked(0xcd, &(number as u16).to_be_bytes()),
            0x1_0000..0x1_0000_0000 => self.marked(0xce, &(number as u32).to_be_bytes()),
            _ => self.marked(0xcf, &number.to_be_bytes()),
        }
    }

    fn integer(&mut self, number: i64) {
        match number {
            0.. => self.unsigned(number as u64),
            -0x20..0 => self.out.push(number as u8),
            -0x80..-0x20 => self.out.extend([0xd0, number as u8]),
            -0x8000..-0x80 => self.marked(0xd1, &(number as i16).to_be_bytes()),
            -0x8000_0000..-0x8000 => self.marked(0xd2, &(number as i32).to_be_bytes()),
            _ => self.marked(0xd3, &number.to_be_bytes()),
        }
    }

    fn marked(&mut self, marker: u8, bytes: &[u8]) {
        self.out.push(marker);
        self.out.extend(bytes);
    }

    /// A length in its shortest form: within the marker below `small`, else in 8 bits (where the kind has that), 16 or 32.
    fn length(
        &mut self,
        count: usize,
        fix: u8,
        small: usize,
        eight: Option<u8>,
        sixteen: u8,
        thirty_two: u8,
    ) -> Encoded {
        match (count, eight) {
            _ if count < small => self.out.push(fix | count as u8),
            (0..0x100, Some(marker)) => self.out.extend([marker, count as u8]),
            (0..0x1_0000, _) => self.marked(sixteen, &(count as u16).to_be_bytes()),
            _ => {
                let Ok(length) = u32::try_from(count) else {
                    return Err(ProtocolError::FrameTooLarge { bytes: count, limit: u32::MAX as usize });
                };
                self.marked(thirty_two, &length.to_be_bytes());
            }
        }
        Ok(())
    }

    /// An extension value: its header says how long the payload is, so the header is put before it afterwards.
    fn extension(&mut self, code: u8, payload: impl FnOnce(&mut Self) -> Encoded) -> Encoded {
        let start = self.out.len();
        payload(self)?;
        let length = self.out.len() - start;
        let at = self.out.len();
        match length {
            1 => self.out.push(0xd4),
            2 => self.out.push(0xd5),
            4 => self.out.push(0xd6),
            8 => self.out.push(0xd7),
            16 => self.out.push(0xd8),
            _ => self.length(length, 0, 0, Some(0xc7), 0xc8, 0xc9)?,
        }
        self.out.push(code);
        let header = self.out.len() - at;
        self.out[start..].rotate_right(header);
        Ok(())
    }
}
