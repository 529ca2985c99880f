//! The beginning of a run: what it is made of, so that it can be repeated.

use super::chain::Hash;
use super::record::Mark;
use crate::configuration::{Configuration, Selector};
use chaos_kitty_bus::Value;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The first record of each run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Beginning {
    /// When, and which run.
    #[serde(flatten)]
    pub mark: Mark,
    /// The host's version.
    pub version: String,
    /// The seed of every draw.
    pub seed: u64,
    /// The host's pid.
    pub pid: u32,
    /// The host's user.
    pub uid: u32,
    /// Whether it began paused.
    pub paused: bool,
    /// Whether the last step is left out.
    pub dry_run: bool,
    /// The configuration; none where it has none.
    pub configuration: Option<ConfigurationMark>,
    /// The instances, in the configuration's order.
    pub instances: Vec<InstanceMark>,
    /// The limits that hold.
    #[serde(default)]
    pub limits: Value,
}

/// A configuration's file, as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigurationMark {
    /// The file, as the operator named it.
    pub file: PathBuf,
    /// The SHA-256 of its text, in hexadecimal digits.
    pub sha256: String,
}

impl ConfigurationMark {
    /// Its mark; none where it has no file.
    pub fn of(configuration: &Configuration) -> Option<Self> {
        let source = configuration.source.as_ref()?;
        let sha256 = Hash::of(source.text.as_bytes()).to_string();
        Some(Self { file: source.file.clone(), sha256 })
    }
}

/// An instance, as it was configured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InstanceMark {
    /// Its name.
    pub name: String,
    /// Its operation.
    pub operation: String,
    /// The plugin's version.
    pub version: String,
    /// Whether it runs in a process of its own.
    pub isolate: bool,
    /// Whom it may strike.
    pub victims: Selector,
    /// What its operation was built from.
    pub parameters: Value,
}
