//! Which strikes are meant.

use super::ended::Ended;
use super::struck::Struck;
use std::collections::BTreeSet;
use wildmatch::WildMatch;

/// The most names that are kept to propose one of them.
const MOST: usize = 1000;

/// The runs that are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Run {
    /// All that are kept.
    #[default]
    All,
    /// Those whose id begins so.
    Of(String),
}

impl Run {
    /// Whether this one is among them.
    pub fn has(&self, id: &str) -> bool {
        match self {
            Self::All => true,
            Self::Of(begin) => id.starts_with(begin.as_str()),
        }
    }
}

/// What must be so of a strike, and the names that were met, so that a wrong one can be told.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Its run.
    pub run: Run,
    /// A pattern for its operation, its instance, `operator`, or `replay`.
    pub operation: Option<String>,
    /// A pattern for its victim's name.
    pub victim: Option<String>,
    /// What it has come to.
    pub ended: Option<Ended>,
    /// The names that were met.
    pub met: Met,
}

/// Names of operations and instances, and of victims.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Met {
    operations: BTreeSet<String>,
    victims: BTreeSet<String>,
}

impl Filter {
    /// Whether a strike is one of those.
    pub fn takes(&mut self, struck: &Struck) -> bool {
        if !self.run.has(&struck.run) {
            return false;
        }
        let (operation, victim) = (struck.operation(), struck.victim.as_deref().unwrap_or_default());
        let instance = struck.instance();
        meet(&mut self.met.operations, operation);
        meet(&mut self.met.operations, instance);
        meet(&mut self.met.victims, victim);
        let fits = |pattern: &Option<String>, names: &[&str]| {
            pattern.as_ref().is_none_or(|pattern| {
                let pattern = WildMatch::new(pattern);
                names.iter().any(|name| pattern.matches(name))
            })
        };
        fits(&self.operation, &[operation, instance])
            && fits(&self.victim, &[victim])
            && self.ended.is_none_or(|ended| ended == struck.end.ended())
    }

    /// A name that was asked for and that nobody has, among those that were met: what it is of, itself, and these.
    pub fn unmet(&self) -> Option<(&'static str, &str, Vec<&str>)> {
        let asked = [
            ("operation", &self.operation, &self.met.operations),
            ("victim", &self.victim, &self.met.victims),
        ];
        asked.into_iter().find_map(|(what, pattern, met)| {
            let name = pattern.as_deref().filter(|name| !name.contains(['*', '?']))?;
            let is_unmet = met.len() < MOST && !met.contains(name);
            is_unmet.then(|| (what, name, met.iter().map(String::as_str).collect()))
        })
    }
}

fn meet(met: &mut BTreeSet<String>, name: &str) {
    if !name.is_empty() && met.len() < MOST && !met.contains(name) {
        met.insert(name.to_owned());
    }
}
