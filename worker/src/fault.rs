//! The error that a fault point returns when Chaos Kitty makes it fail.

use std::fmt;

/// What `raise_error` asked for, as it reaches the application: convert it into an error of your own with `From`, or in
/// the second argument of [`fault_point!`](crate::fault_point).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault(Box<Details>); // boxed, so that `Result<(), Fault>` stays one word on the path that does not fail

#[derive(Clone, Debug, PartialEq, Eq)]
struct Details {
    class: String,
    message: String,
    point: &'static str,
}

impl Fault {
    pub(crate) fn new(class: &str, message: &str, point: &'static str) -> Fault {
        Fault(Box::new(Details { class: class.to_owned(), message: message.to_owned(), point }))
    }

    /// What the operator or the operation wrote: `Hairball in the payment gateway`.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The class of error that was asked for, `RuntimeError` unless the caller said otherwise. It is text from the host:
    /// choose between errors of your own by it, and expect any string.
    pub fn class(&self) -> &str {
        &self.0.class
    }

    /// The name of the fault point that was hit.
    pub fn point(&self) -> &'static str {
        self.0.point
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (chaos: {} at fault point {})", self.0.message, self.0.class, self.0.point)
    }
}

impl std::error::Error for Fault {}
