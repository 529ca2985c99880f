//! What is wrong with parameters, and where.

use std::fmt::{self, Display};

use serde::Serialize;
use serde::de::{self, Expected, Unexpected};

use crate::Error;

/// Found while parameters are read. Its path grows as it leaves the tables around it.
#[derive(Debug)]
pub(crate) struct Mistake {
    /// As in the configuration: `range.low`, `messages[2]`.
    path: String,
    message: String,
    unknown: Option<Unknown>,
}

/// A name that the author's type does not have, and those that it has, as they cross to the host.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Unknown {
    /// `field` or `variant`, as serde calls them.
    pub(crate) what: &'static str,
    pub(crate) name: String,
    pub(crate) known: &'static [&'static str],
}

impl Mistake {
    /// It is in the value of this key.
    pub(crate) fn within(self, key: &str) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        Self { path: format!("{key}{dot}{}", self.path), ..self }
    }

    /// It is in this element of a list.
    pub(crate) fn at(self, index: usize) -> Self {
        self.within(&format!("[{index}]"))
    }

    fn unknown(what: &'static str, name: &str, known: &'static [&'static str]) -> Self {
        let all = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let message = match known {
            [] => format!("unknown {what} `{name}`, there are none"),
            [_] => format!("unknown {what} `{name}`, expected {all}"),
            _ => format!("unknown {what} `{name}`, expected one of {all}"),
        };
        Self { unknown: Some(Unknown { what, name: name.to_owned(), known }), ..de::Error::custom(message) }
    }
}

impl de::Error for Mistake {
    fn custom<T: Display>(message: T) -> Self {
        Self { path: String::new(), message: message.to_string(), unknown: None }
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::custom(format!("{} is not {}", said(found), wanted(expected)))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn unknown_variant(name: &str, known: &'static [&'static str]) -> Self {
        Self::unknown("variant", name, known)
    }

    fn unknown_field(name: &str, known: &'static [&'static str]) -> Self {
        Self::unknown("field", name, known)
    }
}

/// In words of the configuration, for somebody who has never heard of Rust.
fn said(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(truth) => truth.to_string(),
        Unexpected::Unsigned(number) => number.to_string(),
        Unexpected::Signed(number) => number.to_string(),
        Unexpected::Float(number) => format!("{number:?}"),
        Unexpected::Str(text) => format!("the text {text:?}"),
        Unexpected::Unit | Unexpected::Option => "nothing".to_owned(),
        Unexpected::Seq => "an array".to_owned(),
        Unexpected::Map => "a table".to_owned(),
        other => other.to_string(),
    }
}

/// What serde's own types expect is said in Rust's words; a type with words of its own is quoted.
fn wanted(expected: &dyn Expected) -> String {
    let text = expected.to_string();
    let words = match &*text {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "usize" => "a whole number from 0",
        "i8" => "a whole number from -128 to 127",
        "i16" => "a whole number from -32768 to 32767",
        "i32" => "a whole number from -2147483648 to 2147483647",
        "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a string" => "a text",
        "a sequence" => "an array",
        "a map" => "a table",
        struct_ if struct_.starts_with("struct ") => "a table",
        enum_ if enum_.starts_with("enum ") => "one of the words that there are to choose from",
        _ => return text,
    };
    words.to_owned()
}

impl Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Mistake {}

impl Mistake {
    /// As an author's own `new` would say it.
    pub(crate) fn into_error(self) -> Error {
        Error::parameter(&self.path, self.message).about(self.unknown)
    }
}
