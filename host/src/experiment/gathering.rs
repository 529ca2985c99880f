//! Who is to be there before an experiment begins.

use super::reading::{number, time};
use crate::configuration::{Section, Selector};
use crate::roster::Roster;
use std::time::Duration;

/// What is waited for, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gathering {
    /// How many victims at least.
    pub least: u32,
    /// Patterns for names, each of which somebody must match.
    pub names: Vec<String>,
    /// How long that may take.
    pub within: Duration,
}

impl Default for Gathering {
    /// One victim within ten seconds.
    fn default() -> Self {
        Self { least: 1, names: Vec::new(), within: Duration::from_secs(10) }
    }
}

impl Gathering {
    pub(super) fn read(section: Section<'_>) -> Self {
        let otherwise = Self::default();
        let gathering = Self {
            least: number(&section, "least", 0).unwrap_or(otherwise.least),
            names: section.strings("names").unwrap_or_default(),
            within: time(&section, "within", Duration::ZERO).unwrap_or(otherwise.within),
        };
        section.finish();
        gathering
    }

    /// Who is missing, in a few words; none where all are there.
    pub fn missing(&self, roster: &Roster) -> Option<String> {
        let there = roster.all();
        let mut missing = Vec::new();
        if there.len() < self.least as usize {
            missing.push(format!("{} of {} victims came", there.len(), self.least));
        }
        for pattern in &self.names {
            let selector = Selector { names: vec![pattern.clone()], ..Selector::default() };
            if !there.iter().any(|victim| selector.selects(victim.name(), victim.labels())) {
                missing.push(format!("nobody is called `{pattern}`"));
            }
        }
        (!missing.is_empty()).then(|| missing.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::tests::candidate;

    #[test]
    fn each_pattern_needs_somebody() {
        let roster = Roster::default();
        let gathering =
            Gathering { least: 2, names: vec!["web*".into(), "db".into()], ..Gathering::default() };
        roster.add(candidate("web-1"));
        assert_eq!(gathering.missing(&roster).unwrap(), "1 of 2 victims came, nobody is called `db`");
        roster.add(candidate("db"));
        assert_eq!(gathering.missing(&roster), None);
        let nobody = Gathering { least: 0, ..Gathering::default() };
        assert_eq!(nobody.missing(&Roster::default()), None);
    }
}
