//! Decoding: bytes to a value. Nothing is allocated for a length that is only claimed, and nothing recurses
//! deeper than the limits allow.

use crate::encode::{CLASS, EXCEPTION, PROXY, REFERENCE, SYMBOL};
use crate::{Exception, Limits, Object, ObjectName, ProtocolError, Value, frame};

/// What an object that arrives under a name is to us.
pub(crate) trait Import {
    /// `code` is the extension that it came as.
    fn import(&mut self, code: u8, name: ObjectName) -> Result<Object, ProtocolError>;
}

/// Without a connection: names only.
pub(crate) struct Unbound;

impl Import for Unbound {
    fn import(&mut self, code: u8, name: ObjectName) -> Result<Object, ProtocolError> {
        Ok(if code == PROXY { Object::Name(name) } else { Object::Reference(name) })
    }
}

/// Reads one value, and nothing after it. Objects stay names.
///
/// # Errors
/// Whatever is wrong with the bytes, or the bound that they pass: `frame_bytes`, `depth`, `values`.
pub fn decode_value(bytes: &[u8], limits: &Limits) -> Result<Value, ProtocolError> {
    if bytes.len() > limits.frame_bytes {
        return Err(ProtocolError::FrameTooLarge { bytes: bytes.len(), limit: limits.frame_bytes });
    }
    let mut names = Unbound;
    let mut decoder = Decoder::new(bytes, limits, &mut names);
    let value = decoder.value()?;
    decoder.finish()?;
    Ok(value)
}

pub(crate) struct Decoder<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Levels that are left.
    depth: usize,
    /// Values that are left.
    values: usize,
    limits: &'a Limits,
    import: &'a mut dyn Import,
}

impl<'a> Decoder<'a> {
    pub(crate) fn new(bytes: &'a [u8], limits: &'a Limits, import: &'a mut dyn Import) -> Decoder<'a> {
        Decoder { bytes, at: 0, depth: limits.depth, values: limits.values, limits, import }
    }

    pub(crate) fn finish(&self) -> Result<(), ProtocolError> {
        match self.bytes.len() - self.at {
            0 => Ok(()),
            count => Err(ProtocolError::TrailingBytes { count }),
        }
    }

    pub(crate) fn value(&mut self) -> Result<Value, ProtocolError> {
        self.values =
            self.values.checked_sub(1).ok_or(ProtocolError::TooManyValues { limit: self.limits.values })?;
        Ok(match self.byte()? {
            marker @ 0x00..=0x7f => Value::Int(marker.into()),
            marker @ 0x80..=0x8f => self.map(usize::from(marker & 0x0f))?,
            marker @ 0x90..=0x9f => self.array(usize::from(marker & 0x0f))?,
            marker @ 0xa0..=0xbf => Value::String(self.text(usize::from(marker & 0x1f))?.into()),
            0xc0 => Value::Nil,
            0xc1 => return Err(ProtocolError::ReservedMarker),
            0xc2 => Value::Bool(false),
            0xc3 => Value::Bool(true),
            marker @ 0xc4..=0xc6 => {
                let length = self.length(marker - 0xc4)?;
                Value::Binary(self.take(length)?.into())
            }
            0xca => Value::Float(f32::from_be_bytes(self.fixed()?).into()),
            0xcb => Value::Float(f64::from_be_bytes(self.fixed()?)),
            0xcc => Value::Int(self.byte()?.into()),
            0xcd => Value::Int(u16::from_be_bytes(self.fixed()?).into()),
            0xce => Value::Int(u32::from_be_bytes(self.fixed()?).into()),
            0xcf => Value::from(u64::from_be_bytes(self.fixed()?)),
            0xd0 => Value::Int(i8::from_be_bytes(self.fixed()?).into()),
            0xd1 => Value::Int(i16::from_be_bytes(self.fixed()?).into()),
            0xd2 => Value::Int(i32::from_be_bytes(self.fixed()?).into()),
            0xd3 => Value::Int(i64::from_be_bytes(self.fixed()?)),
            marker @ 0xd9..=0xdb => {
                let length = self.length(marker - 0xd9)?;
                Value::String(self.text(length)?.into())
            }
            marker @ 0xdc..=0xdd => {
                let count = self.length(marker - 0xdc + 1)?;
                self.array(count)?
            }
            marker @ 0xde..=0xdf => {
                let count = self.length(marker - 0xde + 1)?;
                self.map(count)?
            }
            0xc7..=0xc9 | 0xd4..=0xd8 => {
                self.at -= 1;
                self.extension()?
            }
            marker @ 0xe0..=0xff => Value::Int((marker as i8).into()),
        })
    }

    fn extension(&mut self) -> Result<Value, ProtocolError> {
        let frame = frame::header(&self.bytes[self.at..])?.ok_or(ProtocolError::Truncated)?;
        let end = self.at + frame.end;
        if end > self.bytes.len() {
            return Err(ProtocolError::Truncated);
        }
        self.at += frame.start;
        match frame.code {
            SYMBOL => Ok(Value::Symbol(self.text(end - self.at)?.into())),
            CLASS => Ok(Value::Class(self.text(end - self.at)?.into())),
            EXCEPTION => self.within(end, Decoder::exception),
            code @ (PROXY | REFERENCE) => {
                let name = self.within(end, Decoder::name)?;
                Ok(Value::Object(self.import.import(code, name)?))
            }
            code => Err(ProtocolError::UnknownExtension { code }),
        }
    }

    /// Reads what an extension holds: all of it, and nothing beyond.
    fn within<T>(
        &mut self,
        end: usize,
        read: impl FnOnce(&mut Self) -> Result<T, ProtocolError>,
    ) -> Result<T, ProtocolError> {
        let whole = self.bytes;
        self.bytes = &whole[..end];
        let value = self.deeper(read)?;
        self.finish()?;
        self.bytes = whole;
        Ok(value)
    }

    fn exception(&mut self) -> Result<Value, ProtocolError> {
        let class = self.string("a class's name")?;
        let message = match self.value()? {
            Value::String(message) => message,
            // Ruby's message is a binary where its encoding is; it is for people, so what can be read of it will do.
            Value::Binary(message) => String::from_utf8_lossy(&message).into(),
            other => return wrong("an exception's message", &other),
        };
        let backtrace = match self.value()? {
            Value::Nil => None,
            Value::Array(lines) => Some(
                lines
                    .into_iter()
                    .map(|line| match line {
                        Value::String(line) => Ok(line),
                        other => wrong("a line of a backtrace", &other),
                    })
                    .collect::<Result<_, _>>()?,
            ),
            other => return wrong("a backtrace", &other),
        };
        Ok(Value::Exception(Box::new(Exception { class, message, backtrace })))
    }

    pub(crate) fn name(&mut self) -> Result<ObjectName, ProtocolError> {
        match self.value()? {
            Value::Symbol(name) => Ok(ObjectName::Symbol(name)),
            Value::Int(number @ 0..) => Ok(ObjectName::Number(number as u64)),
            Value::UInt(number) => Ok(ObjectName::Number(number)),
            other => wrong("an object's name, a symbol or a number", &other),
        }
    }

    pub(crate) fn unsigned(&mut self, expected: &'static str) -> Result<u64, ProtocolError> {
        match self.value()? {
            Value::Int(number @ 0..) => Ok(number as u64),
            Value::UInt(number) => Ok(number),
            other => wrong(expected, &other),
        }
    }

    fn string(&mut self, expected: &'static str) -> Result<String, ProtocolError> {
        match self.value()? {
            Value::String(text) => Ok(text),
            other => wrong(expected, &other),
        }
    }

    fn array(&mut self, count: usize) -> Result<Value, ProtocolError> {
        self.deeper(|decoder| {
            let mut values = Vec::new();
            for _ in 0..count {
                values.push(decoder.value()?);
            }
            Ok(Value::Array(values))
        })
    }

    fn map(&mut self, count: usize) -> Result<Value, ProtocolError> {
        self.deeper(|decoder| {
            let mut entries = Vec::new();
            for _ in 0..count {
                entries.push((decoder.value()?, decoder.value()?));
            }
            Ok(Value::Map(entries))
        })
    }

    fn deeper<T>(
        &mut self,
        inner: impl FnOnce(&mut Self) -> Result<T, ProtocolError>,
    ) -> Result<T, ProtocolError> {
        self.depth = self.depth.checked_sub(1).ok_or(ProtocolError::TooDeep { limit: self.limits.depth })?;
        let value = inner(self)?;
        self.depth += 1;
        Ok(value)
    }

    fn text(&mut self, length: usize) -> Result<&'a str, ProtocolError> {
        std::str::from_utf8(self.take(length)?).map_err(|_| ProtocolError::NotUtf8)
    }

    /// A length of 8, 16 or 32 bits.
    fn length(&mut self, width: u8) -> Result<usize, ProtocolError> {
        Ok(match width {
            0 => self.byte()?.into(),
            1 => u16::from_be_bytes(self.fixed()?).into(),
            _ => u32::from_be_bytes(self.fixed()?) as usize,
        })
    }

    fn byte(&mut self) -> Result<u8, ProtocolError> {
        self.fixed::<1>().map(|[byte]| byte)
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], ProtocolError> {
        self.take(N)?.try_into().map_err(|_| ProtocolError::Truncated)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], ProtocolError> {
        let end = self.at.checked_add(length).ok_or(ProtocolError::Truncated)?;
        let bytes = self.bytes.get(self.at..end).ok_or(ProtocolError::Truncated)?;
        self.at = end;
        Ok(bytes)
    }
}

pub(crate) fn wrong<T>(expected: &'static str, found: &Value) -> Result<T, ProtocolError> {
    Err(ProtocolError::WrongKind { expected, found: found.kind() })
}
