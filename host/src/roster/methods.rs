//! The methods that a victim declares.

use std::sync::Arc;

/// Names of methods, kept in one piece, which those share who declare the same: 10,000 victims declare 10,000 lists, mostly
/// of the same few names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Methods(Arc<str>);

/// It stands in no name: a name holds no control characters.
const BETWEEN: char = '\n';

impl Methods {
    /// The names, in the order in which they were declared.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.split_terminator(BETWEEN)
    }

    /// Whether this method is among them.
    pub fn contains(&self, method: &str) -> bool {
        self.iter().any(|declared| declared == method)
    }

    /// The names, each for itself.
    pub fn to_vec(&self) -> Vec<String> {
        self.iter().map(str::to_owned).collect()
    }
}

impl<S: AsRef<str>> FromIterator<S> for Methods {
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Self {
        let mut text = String::new();
        for name in names {
            text.push_str(name.as_ref());
            text.push(BETWEEN);
        }
        Self(text.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_out_as_they_went_in() {
        for names in [&[][..], &["delay"], &["a method", "delay", "a"]] {
            let methods: Methods = names.iter().collect();
            assert_eq!(methods.to_vec(), names);
            assert!(names.iter().all(|name| methods.contains(name)));
        }
        assert!(!["delay"].iter().collect::<Methods>().contains("del"));
    }
}
