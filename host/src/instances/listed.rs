//! An instance as a list shows it.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What `chaos-kitty operations` shows of an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedInstance {
    /// The instance's name.
    pub name: String,
    /// The operation that it is one of.
    pub operation: String,
    /// The plugin's version.
    pub version: String,
    /// What the plugin says that it does.
    pub description: String,
    /// The plugin's file.
    pub file: PathBuf,
    /// `running`, `stuck: …`, `restarting in …` or `retired: …`.
    pub state: String,
    /// How many victims it has.
    pub victims: usize,
}
