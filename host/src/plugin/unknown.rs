//! A name that an operation's parameters do not have.

use chaos_kitty_bus::Value;

use super::line::one_line;

/// What was written, and what could have been.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// `field` or `variant`, as serde calls them.
    pub what: String,
    /// What was written.
    pub name: String,
    /// What could have been.
    pub known: Vec<String>,
}

impl Unknown {
    /// From a plugin's fault.
    pub(super) fn read(map: &Value) -> Option<Self> {
        let text = |key| map.get(key).and_then(Value::as_str).map(one_line);
        let known = map.get("known").and_then(Value::as_array)?.iter();
        Some(Self {
            what: text("what")?,
            name: text("name")?,
            known: known.filter_map(Value::as_str).map(one_line).collect(),
        })
    }

    /// Whether it is a key, and not a value.
    pub fn is_key(&self) -> bool {
        self.what == "field"
    }
}
