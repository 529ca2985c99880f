//! What should run and does not.

use super::listed::ListedInstance;
use std::path::{Path, PathBuf};

/// An instance, or a file that did not take the place of what runs, and why it does not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rejected {
    /// None of a file.
    pub(super) instance: Option<String>,
    /// Empty where the file does not say.
    pub(super) operation: String,
    /// Where it came from; none where there is no file.
    pub(super) file: PathBuf,
    pub(super) why: String,
}

impl Rejected {
    pub(super) fn file(operation: &str, file: &Path, why: &str) -> Self {
        Self { instance: None, operation: operation.to_owned(), file: file.to_owned(), why: why.to_owned() }
    }

    pub(super) fn instance(name: &str, operation: &str, file: &Path, why: &str) -> Self {
        Self { instance: Some(name.to_owned()), ..Self::file(operation, file, why) }
    }

    /// Whether it is about the same instance, or the same file.
    pub(super) fn is_about(&self, other: &Self) -> bool {
        self.instance == other.instance && (self.instance.is_some() || self.file == other.file)
    }

    /// Whether it is the instance, or of the operation, of this name.
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.operation == name || self.name() == name
    }

    /// The instance; of a file the operation, or its own name.
    fn name(&self) -> String {
        let stem = || self.file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let operation = Some(&self.operation).filter(|operation| !operation.is_empty());
        self.instance.as_ref().or(operation).cloned().unwrap_or_else(stem)
    }

    /// As a list shows it.
    pub(super) fn listed(&self) -> ListedInstance {
        ListedInstance {
            name: self.name(),
            operation: self.operation.clone(),
            version: String::new(),
            generation: None,
            description: String::new(),
            file: self.file.clone(),
            state: format!("rejected: {}", self.why),
            victims: 0,
            strikes: 0,
            errors: 0,
            seconds_in_polls: 0.0,
        }
    }
}
