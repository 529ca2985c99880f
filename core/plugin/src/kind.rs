//! What a type of parameters is.

use std::any::type_name;
use std::cell::RefCell;

use serde::Serialize;

use crate::Value;

thread_local! {
    /// The types that are being described, each within the one before.
    static WITHIN: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

/// For whoever configures an operation: what to write for a parameter of this type. It crosses to the host as it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Kind {
    /// In a word or two: `time`, `whole number`, `list of text`.
    #[serde(rename = "type")]
    pub name: String,
    /// What a number without a unit counts; empty where nothing is counted.
    pub unit: &'static str,
    /// What the author says of the type.
    pub meaning: &'static str,
    /// Of a choice: what there is to choose from.
    pub choices: Vec<Choice>,
    /// Of a table: what is in it.
    pub parameters: Vec<Parameter>,
}

/// One of the words that a choice is from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Choice {
    /// The word.
    pub name: &'static str,
    /// What the author says of it.
    pub meaning: &'static str,
}

/// A key of a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Parameter {
    /// The key.
    pub name: &'static str,
    /// What its value is.
    pub kind: Kind,
    /// Its value where it is left out; without one it must be given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// What the author says of it.
    pub meaning: &'static str,
}

impl Kind {
    /// A simple one.
    pub fn named(name: &str) -> Self {
        Self { name: name.to_owned(), unit: "", meaning: "", choices: Vec::new(), parameters: Vec::new() }
    }

    /// A table with these keys.
    pub fn table(parameters: Vec<Parameter>) -> Self {
        Self { parameters, ..Self::named("table") }
    }

    /// One of these words.
    pub fn choice(choices: Vec<Choice>) -> Self {
        Self { choices, ..Self::named("choice") }
    }

    /// What a type is, which `describe` tells. A type may contain itself (`next: Option<Box<Node>>`): within its own
    /// description it is `table as above`, for there would be no end of it. A derived `Parameters` goes by this.
    pub fn of<T: ?Sized>(describe: impl FnOnce() -> Self) -> Self {
        let name = type_name::<T>();
        if WITHIN.with_borrow(|within| within.contains(&name)) {
            return Self::named("table as above");
        }
        WITHIN.with_borrow_mut(|within| within.push(name));
        let _described = Described;
        describe()
    }

    /// With a unit.
    #[must_use]
    pub fn unit(self, unit: &'static str) -> Self {
        Self { unit, ..self }
    }

    /// With the author's words.
    #[must_use]
    pub fn meaning(self, meaning: &'static str) -> Self {
        Self { meaning, ..self }
    }

    /// A collection of what this is.
    pub(crate) fn many(self, of: &str) -> Self {
        Self { name: format!("{of} of {}", self.name), ..self }
    }
}

/// The innermost type has been described when this goes, also by a panic.
struct Described;

impl Drop for Described {
    fn drop(&mut self) {
        WITHIN.with_borrow_mut(Vec::pop);
    }
}
