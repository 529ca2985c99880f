//! An instance as a list shows it.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What `chaos-kitty operations` shows of an instance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ListedInstance {
    /// The instance's name.
    pub name: String,
    /// The operation that it is one of.
    pub operation: String,
    /// The plugin's version.
    pub version: String,
    /// The how-manieth of the instance it is on this host, from 1; none of what was rejected.
    pub generation: Option<u32>,
    /// What the plugin says that it does.
    pub description: String,
    /// The plugin's file.
    pub file: PathBuf,
    /// `running`, `paused`, `stuck: …`, `restarting in …`, `retired: …`, `leaving: …` or `rejected: …`.
    pub state: String,
    /// How many victims it has.
    pub victims: usize,
    /// Strikes of this generation's that the gate let pass.
    pub strikes: u64,
    /// What failed of all that it asked for or was asked for; what the gate refused is not among it.
    pub errors: u64,
    /// For how many seconds its run has kept its thread.
    pub seconds_in_polls: f64,
}

impl ListedInstance {
    /// Whether strikes of its own accord may come of it.
    pub fn strikes_by_itself(&self) -> bool {
        !["rejected", "retired"].iter().any(|over| self.state.starts_with(over))
    }
}
