//! Exception: what was raised, as data. No class of a peer's is ever looked up or built from its name.

use std::fmt;

/// What was raised. The constructors know Ruby's core classes only, since a Ruby peer builds the exception from its name, and
/// a name that it does not know breaks its connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// The class's name, such as `ArgumentError`.
    pub class: String,
    /// What happened.
    pub message: String,
    /// Where, innermost first; `None` where nobody recorded it.
    pub backtrace: Option<Vec<String>>,
}

impl Exception {
    fn of(class: &str, message: impl Into<String>) -> Exception {
        Exception { class: class.into(), message: message.into(), backtrace: None }
    }

    /// The caller's arguments are wrong: `ArgumentError`.
    pub fn argument(message: impl Into<String>) -> Exception {
        Exception::of("ArgumentError", message)
    }

    /// It was tried, and went wrong: `RuntimeError`.
    pub fn runtime(message: impl Into<String>) -> Exception {
        Exception::of("RuntimeError", message)
    }

    /// There is nothing of that name: `NameError`.
    pub fn name(message: impl Into<String>) -> Exception {
        Exception::of("NameError", message)
    }

    /// There is no such method: `NoMethodError`. See [`crate::Raise::no_method`] for Ruby's wording.
    pub fn no_method(message: impl Into<String>) -> Exception {
        Exception::of("NoMethodError", message)
    }

    /// A file, a socket or a process failed: `IOError`.
    pub fn io(message: impl Into<String>) -> Exception {
        Exception::of("IOError", message)
    }
}

impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.class, self.message)
    }
}

impl std::error::Error for Exception {}
