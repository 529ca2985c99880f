//! What a host has that plans again.

use super::rejected::Rejected;
use crate::configuration::InstanceSettings;
use std::path::PathBuf;

/// What runs there, and what does not.
#[derive(Default)]
pub(super) struct Standing {
    /// Its instances, and the file that each runs from.
    pub(super) instances: Vec<(InstanceSettings, PathBuf)>,
    /// Those of them in this process that are retired, or stuck: what they left behind in their library is not to be trusted.
    pub(super) spent: Vec<String>,
    pub(super) rejected: Vec<Rejected>,
}

impl Standing {
    /// Whether an instance runs as these settings want it.
    pub(super) fn has(&self, settings: &InstanceSettings) -> bool {
        self.running().any(|known| known.is_same(settings))
    }

    /// What the instances that run were built from.
    pub(super) fn running(&self) -> impl Iterator<Item = &InstanceSettings> {
        self.instances.iter().map(|(settings, _)| settings)
    }

    /// Whether an instance of this name runs.
    pub(super) fn runs(&self, name: &str) -> bool {
        self.running().any(|known| known.name == name)
    }

    /// Whether an instance of this name should run.
    pub(super) fn rejects(&self, name: &str) -> bool {
        self.rejected.iter().any(|row| row.instance.as_deref() == Some(name))
    }

    /// The file that an instance runs from, or else another one of its operation.
    pub(super) fn file_of(&self, settings: &InstanceSettings) -> Option<PathBuf> {
        let InstanceSettings { name, operation, .. } = settings;
        let of_it = self.instances.iter().filter(|(known, _)| known.operation == *operation);
        let own = of_it.clone().find(|(known, _)| known.name == *name);
        own.or(of_it.clone().next()).map(|(_, file)| file.clone())
    }

    /// A file of an instance or its operation that was rejected.
    pub(super) fn rejected_file_of(&self, settings: &InstanceSettings) -> Option<PathBuf> {
        let InstanceSettings { name, operation, .. } = settings;
        let is_of_it = |row: &&Rejected| row.operation == *operation || row.instance.as_ref() == Some(name);
        let row = self.rejected.iter().find(is_of_it);
        row.map(|row| row.file.clone()).filter(|file| !file.as_os_str().is_empty())
    }
}
