//! What should run and does not.

use super::listed::ListedInstance;
use std::path::PathBuf;

/// An instance, or a file that none asks for, and why it does not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rejected {
    /// The instance; where there is none, the operation or the file's name.
    pub(super) name: String,
    pub(super) operation: String,
    /// Where it came from; none where there is no file.
    pub(super) file: PathBuf,
    pub(super) why: String,
}

impl Rejected {
    /// A file that did not take the place of what runs.
    pub(super) fn file(operation: Option<&str>, file: &std::path::Path, why: String) -> Self {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        let operation = operation.unwrap_or_default().to_owned();
        let name = if operation.is_empty() { stem.into_owned() } else { operation.clone() };
        Self { name, operation, file: file.to_owned(), why }
    }

    /// As a list shows it.
    pub(super) fn listed(&self) -> ListedInstance {
        ListedInstance {
            name: self.name.clone(),
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
