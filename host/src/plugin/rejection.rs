//! Why a file is not loaded.

use std::fmt;
use std::path::{Path, PathBuf};

/// One line that names the file, says what is wrong with it, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    file: PathBuf,
    reason: String,
    is_plugin: bool,
}

impl Rejection {
    pub(super) fn new(file: &Path, reason: impl fmt::Display) -> Self {
        // One line, whatever the loader or the file system had to say.
        let reason = reason.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        Self { file: file.to_owned(), reason, is_plugin: true }
    }

    /// The file is whole, and simply no plugin of ours: no reason to worry where nobody named it.
    pub(super) fn no_plugin(file: &Path) -> Self {
        let reason = "it is a library, but no Chaos Kitty plugin (export_operation! makes one): remove it from the plugins";
        Self { is_plugin: false, ..Self::new(file, reason) }
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
        write!(f, "plugin {}: {}", self.file.display(), self.reason)
    }
}

impl std::error::Error for Rejection {}
