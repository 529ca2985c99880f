//! What a change to the instances came to.

use crate::configuration::Limits;
use crate::journal::ConfigurationMark;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What is different now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Instances that began, were replaced or ended.
    pub instances: Vec<Changed>,
    /// How many go on as they were.
    pub untouched: usize,
    /// What takes effect at the next start only, and what those that leave have not finished, a line each.
    pub notes: Vec<String>,
    /// The configuration that holds from now on, for the journal; none where it was not read again, or has no file.
    #[serde(skip)]
    pub configuration: Option<ConfigurationMark>,
    /// The limits that hold from now on, for the journal; none where the configuration was not read again.
    #[serde(skip)]
    pub limits: Option<Limits>,
}

/// One instance that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// Its name.
    pub name: String,
    /// Its operation.
    pub operation: String,
    /// The plugin's version.
    pub version: String,
    /// The generation that runs now, of this instance's; none where it has ended.
    pub generation: Option<u32>,
    /// The generation that ran before; none where it has begun.
    pub before: Option<u32>,
    /// How many victims it has.
    pub victims: usize,
}

impl fmt::Display for Changed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, operation, version, victims, .. } = self;
        let plural = if *victims == 1 { "" } else { "s" };
        match (self.generation, self.before) {
            (Some(new), Some(old)) => write!(
                out,
                "{name}: generation {new} ({operation} {version}) takes over from {old}, with {victims} victim{plural}"
            ),
            (Some(new), None) => write!(
                out,
                "{name} runs: generation {new} ({operation} {version}), with {victims} victim{plural}"
            ),
            (None, _) => write!(out, "{name} ({operation}) runs no more"),
        }
    }
}

/// Why nothing is different.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objection {
    /// A name that is not known, or a wrong configuration: the operator's to mend.
    pub is_wrong_use: bool,
    /// What is wrong, a line each.
    pub lines: Vec<String>,
}

impl Objection {
    pub(super) fn wrong_use(line: impl Into<String>) -> Self {
        Self { is_wrong_use: true, lines: vec![line.into()] }
    }

    pub(super) fn refused(lines: Vec<String>) -> Self {
        Self { is_wrong_use: false, lines }
    }
}
