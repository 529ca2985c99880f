//! An instance's parameters: open data for its operation, with the way back to the line that gave them.

use super::problem::{Problem, Source};
use chaos_kitty_bus::Value;
use std::ops::Range;
use toml_edit::{Item, TableLike, Value as Toml};

/// The parameters as the operation gets them, and where each stands in the file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parameters {
    entries: Vec<(Value, Value)>,
    /// Where the value of each path stands.
    spans: Vec<(String, Range<usize>)>,
    /// Where the key of each path stands.
    keys: Vec<(String, Range<usize>)>,
    whole: Option<Range<usize>>,
}

impl Parameters {
    pub(crate) fn read(table: &dyn TableLike, whole: Option<Range<usize>>) -> Self {
        let mut parameters = Self { whole, ..Self::default() };
        parameters.entries = parameters.entries_of(table, "");
        parameters
    }

    /// What the operation's configuration type is read from: a map with text keys.
    pub fn value(&self) -> Value {
        Value::Map(self.entries.clone())
    }

    /// A problem that the operation found, at the parameter's line: at its key, or at its value. `path` is as the
    /// SDK writes it: `messages[2]`, `range.low`.
    pub fn problem(
        &self,
        source: &Source,
        path: Option<&str>,
        at_key: bool,
        message: impl Into<String>,
    ) -> Problem {
        let spans = if at_key { &self.keys } else { &self.spans };
        let span = path.and_then(|path| {
            // The nearest place that the file has: a key that is missing points to the table around it.
            let ends = (0..=path.len()).rev().filter(|end| path.is_char_boundary(*end));
            ends.map(|end| &path[..end])
                .find_map(|prefix| spans.iter().find(|(known, _)| known == prefix))
                .map(|(_, span)| span.clone())
        });
        source.problem(span.or_else(|| self.whole.clone()), message)
    }

    fn entries_of(&mut self, table: &dyn TableLike, path: &str) -> Vec<(Value, Value)> {
        let mut entries = Vec::with_capacity(table.len());
        for (key, item) in table.iter() {
            let path = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
            let key_span = table.key(key).and_then(toml_edit::Key::span);
            if let Some(span) = key_span.clone() {
                self.keys.push((path.clone(), span));
            }
            if let Some(span) = item.span().or(key_span) {
                self.spans.push((path.clone(), span));
            }
            entries.push((Value::String(key.to_owned()), self.item(item, &path)));
        }
        entries
    }

    fn item(&mut self, item: &Item, path: &str) -> Value {
        match item {
            Item::None => Value::Nil,
            Item::Value(value) => self.toml(value, path),
            Item::Table(table) => Value::Map(self.entries_of(table, path)),
            Item::ArrayOfTables(tables) => Value::Array(
                tables
                    .iter()
                    .enumerate()
                    .map(|(index, table)| Value::Map(self.entries_of(table, &format!("{path}[{index}]"))))
                    .collect(),
            ),
        }
    }

    fn toml(&mut self, value: &Toml, path: &str) -> Value {
        match value {
            Toml::String(text) => Value::String(text.value().clone()),
            Toml::Integer(number) => Value::Int(*number.value()),
            Toml::Float(number) => Value::Float(*number.value()),
            Toml::Boolean(truth) => Value::Bool(*truth.value()),
            // TOML alone has dates: an operation reads them as it would from any other text.
            Toml::Datetime(date) => Value::String(date.value().to_string()),
            Toml::InlineTable(table) => Value::Map(self.entries_of(table, path)),
            Toml::Array(array) => {
                let mut values = Vec::with_capacity(array.len());
                for (index, value) in array.iter().enumerate() {
                    let path = format!("{path}[{index}]");
                    if let Some(span) = value.span() {
                        self.spans.push((path.clone(), span));
                    }
                    values.push(self.toml(value, &path));
                }
                Value::Array(values)
            }
        }
    }
}
