//! Victims that come, and victims that go.

use super::record::{Mark, VictimMark};
use crate::roster::{Kind, Methods, Victim};
use crate::run::Run;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A victim has come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Arrival {
    /// When, and in which run.
    #[serde(flatten)]
    pub mark: Mark,
    /// The victim.
    pub victim: VictimMark,
    /// How it is reached.
    pub kind: Kind,
    /// Whether the kernel vouches for the process.
    pub proven: bool,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// The methods that it declares; none where it says nothing.
    pub methods: Option<Vec<String>>,
}

/// A victim has left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Departure {
    /// When, and in which run.
    #[serde(flatten)]
    pub mark: Mark,
    /// The victim.
    pub victim: VictimMark,
    /// Why.
    pub why: String,
}

impl Arrival {
    /// That of a victim which has just come.
    pub(crate) fn of(victim: &Victim, run: &Run) -> Self {
        Self {
            mark: Mark::now(run),
            victim: VictimMark::of(victim),
            kind: victim.kind(),
            proven: victim.is_proven(),
            labels: victim.labels().clone(),
            methods: victim.methods().map(Methods::to_vec),
        }
    }
}

impl Departure {
    /// That of a victim which has just gone.
    pub(crate) fn of(victim: &Victim, why: &str, run: &Run) -> Self {
        Self { mark: Mark::now(run), victim: VictimMark::of(victim), why: why.to_owned() }
    }
}
