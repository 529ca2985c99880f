//! What went wrong, for whoever reads the host's log.

use std::fmt;

use chaos_kitty_abi::Fault;
use serde::Serialize;

use crate::mistake::Unknown;
use crate::msgpack;
use crate::value::Value;

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error with a kind and a message. Any `std::error::Error` becomes one through `?`.
#[derive(Clone, PartialEq)]
pub struct Error {
    kind: String,
    message: String,
    path: Option<String>,
    place: Option<String>,
    unknown: Option<Box<Unknown>>,
}

impl Error {
    /// An error of kind `error` with a message of your own.
    pub fn new(message: impl fmt::Display) -> Self {
        Self::of_kind("error", message)
    }

    /// A parameter has an impossible value. The host adds file, line and column, so the message need not say where.
    ///
    /// `path` is the parameter's name as in the configuration, with dots and indices for nested ones (`a.b[2]`).
    pub fn parameter(path: &str, message: impl fmt::Display) -> Self {
        let path = Some(path).filter(|path| !path.is_empty()).map(str::to_owned);
        Self { path, ..Self::of_kind("parameter", message) }
    }

    pub(crate) fn of_kind(kind: &str, message: impl fmt::Display) -> Self {
        Self { kind: kind.to_owned(), message: message.to_string(), path: None, place: None, unknown: None }
    }

    /// A name is wrong, and the host says which is the nearest right one.
    pub(crate) fn about(self, unknown: Option<Unknown>) -> Self {
        Self { unknown: unknown.map(Box::new), ..self }
    }

    pub(crate) fn panic(message: String, place: Option<String>) -> Self {
        Self { place, ..Self::of_kind("panic", message) }
    }

    /// What the host answered in place of an outcome.
    pub(crate) fn from_host(answer: &Value) -> Self {
        let text = |key| answer.get(key).and_then(Value::as_str);
        let message = text("message").unwrap_or("the host gave no reason");
        Self::of_kind(text("kind").unwrap_or("failed"), message)
    }

    /// What crossed the boundary, read back.
    pub(crate) fn from_fault(fault: &[u8]) -> Self {
        let fault: Value = msgpack::from_bytes(fault).unwrap_or(Value::Nil);
        let text = |key| fault.get(key).and_then(Value::as_str).map(str::to_owned);
        Self { path: text("path"), place: text("place"), ..Self::from_host(&fault) }
    }

    /// `refused` (the gate said no), `failed` (the victim did), `parameter`, `panic`, `error` for your own, or another
    /// word that a newer host knows.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// What happened, in words.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The parameter that it is about.
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }

    /// The host's gate refused: paused, out of bounds, or not this victim. That is no failure of anybody's.
    pub fn is_refused(&self) -> bool {
        self.kind == "refused"
    }

    pub(crate) fn to_fault(&self) -> Fault {
        #[derive(Serialize)]
        struct Open<'a> {
            kind: &'a str,
            message: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            path: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            place: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            unknown: Option<&'a Unknown>,
        }
        let Self { kind, message, path, place, unknown } = self;
        let (path, place) = (path.as_deref(), place.as_deref());
        let open = Open { kind, message, path, place, unknown: unknown.as_deref() };
        msgpack::to_bytes(&open).unwrap_or_default()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.path {
            write!(f, "{path}: ")?;
        }
        match &self.place {
            Some(place) => write!(f, "panicked at {place}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self, self.kind)
    }
}

/// `Error` itself is no `std::error::Error`, so that this can be: as in anyhow.
impl<E: std::error::Error> From<E> for Error {
    fn from(error: E) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            message = format!("{message}: {cause}");
            source = cause.source();
        }
        Self::new(message)
    }
}
