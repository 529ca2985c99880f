//! Which victims an instance may strike, by name and label.

use super::section::Section;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use wildmatch::WildMatch;

/// Matches every victim where nothing is said; else the name must match one of the patterns, and each label its own.
///
/// In a pattern `*` stands for any text, `?` for one character.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selector {
    /// Patterns for the victim's name; empty: any.
    pub names: Vec<String>,
    /// A pattern for each label that the victim must have.
    pub labels: BTreeMap<String, String>,
}

impl Selector {
    /// Whether a victim of this name and these labels is selected.
    pub fn selects(&self, name: &str, labels: &BTreeMap<String, String>) -> bool {
        let named = self.names.is_empty() || self.names.iter().any(|pattern| matches(pattern, name));
        named
            && self
                .labels
                .iter()
                .all(|(key, pattern)| labels.get(key).is_some_and(|value| matches(pattern, value)))
    }

    pub(super) fn read(section: Section<'_>) -> Self {
        let names = section.strings("names").unwrap_or_default();
        let labels = section.labels("labels");
        section.finish();
        Self { names, labels: labels.unwrap_or_default() }
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    WildMatch::new(pattern).matches(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_selector_without_patterns_selects_everyone() {
        assert!(Selector::default().selects("anything", &labels(&[])));
    }

    #[test]
    fn one_of_the_names_and_all_of_the_labels() {
        let selector = Selector {
            names: vec!["web-*".to_owned(), "api".to_owned()],
            labels: labels(&[("tier", "front*"), ("zone", "?")]),
        };
        assert!(selector.selects("web-1", &labels(&[("tier", "frontend"), ("zone", "a"), ("more", "x")])));
        assert!(selector.selects("api", &labels(&[("tier", "front"), ("zone", "b")])));
        assert!(!selector.selects("web", &labels(&[("tier", "front"), ("zone", "b")])));
        assert!(!selector.selects("web-1", &labels(&[("tier", "front")])));
        assert!(!selector.selects("web-1", &labels(&[("tier", "front"), ("zone", "ab")])));
    }
}
