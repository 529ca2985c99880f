//! A table of the configuration while it is read: every problem is kept, and the reading goes on.

use super::problem::{Problem, Source};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use toml_edit::{Item, TableLike, Value as Toml};

/// What is wrong so far.
#[derive(Debug)]
pub(crate) struct Problems<'a> {
    source: &'a Source,
    found: RefCell<Vec<Problem>>,
}

impl<'a> Problems<'a> {
    pub(crate) fn of(source: &'a Source) -> Self {
        Self { source, found: RefCell::default() }
    }

    pub(crate) fn add(&self, span: Option<Range<usize>>, message: impl Into<String>) {
        self.found.borrow_mut().push(self.source.problem(span, message));
    }

    /// In the order in which a reader meets them.
    pub(crate) fn into_sorted(self) -> Vec<Problem> {
        let mut found = self.found.into_inner();
        found.sort_by_key(Problem::position);
        found
    }
}

/// One table, its name for messages, and the keys that were asked for.
pub(crate) struct Section<'a> {
    name: &'a str,
    table: &'a dyn TableLike,
    problems: &'a Problems<'a>,
    known: RefCell<Vec<&'static str>>,
}

impl<'a> Section<'a> {
    pub(crate) fn new(name: &'a str, table: &'a dyn TableLike, problems: &'a Problems<'a>) -> Self {
        Self { name, table, problems, known: RefCell::default() }
    }

    /// The value of a key as `read` understands it; what it does not understand is a problem.
    pub(crate) fn get<T>(
        &self,
        key: &'static str,
        expected: &str,
        read: impl FnOnce(&'a Item) -> Option<T>,
    ) -> Option<T> {
        self.known.borrow_mut().push(key);
        let item = self.table.get(key)?;
        let value = read(item);
        if value.is_none() {
            let message = format!("`{key}` in {} must be {expected}, not {}", self.name, described(item));
            self.problems.add(item.span(), message);
        }
        value
    }

    pub(crate) fn string(&self, key: &'static str) -> Option<&'a str> {
        self.get(key, "a text that is not empty", |item| item.as_str().filter(|text| !text.is_empty()))
    }

    pub(crate) fn bool(&self, key: &'static str) -> Option<bool> {
        self.get(key, "true or false", Item::as_bool)
    }

    pub(crate) fn strings(&self, key: &'static str) -> Option<Vec<String>> {
        self.get(key, "a text or an array of texts", texts)
    }

    /// Texts, each as `read` understands it; what it does not understand is a problem at its own place.
    pub(super) fn texts_as<T>(
        &self,
        key: &'static str,
        expected: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<Vec<T>> {
        self.get(key, &format!("{expected}, or an array of such"), |item| {
            let one = item.as_value()?;
            let many = one.as_array().filter(|array| !array.is_empty());
            let values: Vec<&Toml> = many.map_or_else(|| vec![one], |array| array.iter().collect());
            let mut all = Vec::with_capacity(values.len());
            for value in values {
                match value.as_str().and_then(&read) {
                    Some(understood) => all.push(understood),
                    None => {
                        let described = described_value(value);
                        let message = format!("`{key}` in {} must be {expected}, not {described}", self.name);
                        self.problems.add(value.span(), message);
                    }
                }
            }
            Some(all)
        })
    }

    /// A table of texts, such as patterns for labels.
    pub(super) fn labels(&self, key: &'static str) -> Option<BTreeMap<String, String>> {
        self.get(key, "a table of texts", |item| {
            let entries = item.as_table_like()?;
            entries.iter().map(|(key, value)| Some((key.to_owned(), value.as_str()?.to_owned()))).collect()
        })
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Where a key's value stands.
    pub(crate) fn span(&self, key: &str) -> Option<Range<usize>> {
        self.table.get(key).and_then(Item::span)
    }

    /// Keys of this table that somebody else reads.
    pub(crate) fn leave(&self, keys: &[&'static str]) {
        self.known.borrow_mut().extend(keys);
    }

    /// Names the keys that nobody asked for.
    pub(crate) fn finish(self) {
        let known = self.known.into_inner();
        for (key, item) in self.table.iter().filter(|(key, _)| !known.contains(key)) {
            let span = self.table.key(key).and_then(toml_edit::Key::span).or_else(|| item.span());
            let message = format!("unknown key `{key}` in {}{}", self.name, advice(key, &known));
            self.problems.add(span, message);
        }
    }
}

/// What to write in place of a name that is not known.
pub(crate) fn advice(name: &str, known: &[&str]) -> String {
    match nearest(name, known) {
        Some(nearest) => format!(", did you mean `{nearest}`"),
        None if known.is_empty() => String::new(),
        None => format!(", there are {}", known.join(", ")),
    }
}

/// The name that was meant, where one is near enough to have been.
pub(crate) fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let likeness = |other: &&str| strsim::jaro_winkler(name, other);
    let nearest = known.iter().copied().max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
    nearest.filter(|nearest| likeness(nearest) > 0.8)
}

fn texts(item: &Item) -> Option<Vec<String>> {
    if let Some(text) = item.as_str() {
        return Some(vec![text.to_owned()]);
    }
    item.as_array()?.iter().map(|value| value.as_str().map(str::to_owned)).collect()
}

/// A simple value, as the file has it.
fn shown(value: &Toml) -> String {
    match value {
        Toml::String(text) => format!("{:?}", text.value()),
        Toml::Integer(number) => number.value().to_string(),
        Toml::Float(number) => number.value().to_string(),
        Toml::Boolean(truth) => truth.value().to_string(),
        Toml::Datetime(date) => date.value().to_string(),
        Toml::Array(_) | Toml::InlineTable(_) => String::new(),
    }
}

/// What stands there, for a message that says what should.
pub(super) fn described(item: &Item) -> String {
    match item {
        Item::Value(value) => described_value(value),
        other => with_article(other.type_name()),
    }
}

fn described_value(value: &Toml) -> String {
    if value.is_inline_table() || value.is_array() {
        return with_article(value.type_name());
    }
    format!("{} ({})", shown(value), value.type_name())
}

fn with_article(name: &str) -> String {
    let article = if name.starts_with(['a', 'i']) { "an" } else { "a" };
    format!("{article} {name}")
}
