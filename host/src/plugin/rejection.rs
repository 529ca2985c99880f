//! Why a file is not loaded.

use std::fmt;
use std::path::{Path, PathBuf};

use super::line::one_line;

/// One line that names the file, says what is wrong with it, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    file: PathBuf,
    reason: String,
    is_plugin: bool,
    operation: Option<String>,
    instances: Vec<String>,
}

impl Rejection {
    pub(crate) fn new(file: &Path, reason: impl fmt::Display) -> Self {
        // Whatever the loader or the file system had to say.
        let reason = one_line(&reason.to_string());
        Self { file: file.to_owned(), reason, is_plugin: true, operation: None, instances: Vec::new() }
    }

    /// The operation that the file says to carry.
    pub(crate) fn of(self, operation: &str) -> Self {
        Self { operation: Some(operation.to_owned()), ..self }
    }

    /// The file is whole, and simply no plugin of ours: no reason to worry where nobody named it.
    pub(super) fn no_plugin(file: &Path) -> Self {
        let reason = "it is a library, but no Chaos Kitty plugin (export_operation! makes one): remove it from the plugins";
        Self { is_plugin: false, ..Self::new(file, reason) }
    }

    /// Whether the file would carry this operation, going by what it says, else by its name.
    pub fn is_of(&self, operation: &str) -> bool {
        let file = format!("lib{}.so", operation.replace('-', "_"));
        self.operation.as_ref().map_or_else(
            || self.file.file_name().is_some_and(|name| *name == *file),
            |carried| carried == operation,
        )
    }

    /// An instance does not run for want of this file: the line says that too.
    pub fn holds_up(&mut self, instance: &str) {
        self.instances.push(instance.to_owned());
    }

    /// The operation that the file carries, as far as it says so.
    pub fn operation(&self) -> Option<&str> {
        self.operation.as_deref()
    }

    /// The instances that do not run for want of it.
    pub fn instances(&self) -> &[String] {
        &self.instances
    }

    /// The file that was rejected.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// What is wrong, without the file's name.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// False for a whole library of another kind, which a search through a directory passes by.
    pub fn is_plugin(&self) -> bool {
        self.is_plugin
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "plugin {}: {}", self.file.display(), self.reason)?;
        match &*self.instances {
            [] => Ok(()),
            [one] => write!(f, "; instance {one} does not run"),
            several => write!(f, "; instances {} do not run", several.join(", ")),
        }
    }
}

impl std::error::Error for Rejection {}
