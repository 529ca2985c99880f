//! Finding plugins.

use std::path::{Path, PathBuf};

use super::{Library, Manifest, Rejection};

/// What a search found: what could be loaded, and what could not, each in the order of directories and file names.
#[derive(Debug, Default)]
pub struct Found {
    /// One for each name.
    pub plugins: Vec<Manifest>,
    /// To be reported, each in its line.
    pub rejections: Vec<Rejection>,
    /// Whole libraries that are no plugins: no reason to worry, unless one of them should be an operation.
    pub passed_by: Vec<Rejection>,
}

/// Looks at every `*.so` directly in these directories.
///
/// A whole library that is no plugin of ours is passed by, for a build's output holds such too. Of two plugins with
/// one name, the first directory's counts: what an operator names replaces what is installed. Two in one directory are
/// a mistake, and the second is rejected.
pub fn scan<P: AsRef<Path>>(directories: impl IntoIterator<Item = P>) -> Found {
    let mut found = Found::default();
    for directory in directories {
        match libraries(directory.as_ref()) {
            Ok(files) => files.iter().for_each(|file| found.look(file)),
            Err(error) => {
                let reason = format!("the directory cannot be read: {error}");
                found.rejections.push(Rejection::new(directory.as_ref(), reason));
            }
        }
    }
    found
}

/// What may be plugins in a directory.
pub(crate) fn libraries(directory: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let file = entry?.path();
        if is_library(&file) {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

/// Going by its name.
pub(crate) fn is_library(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "so")
}

impl Found {
    fn look(&mut self, file: &Path) {
        match Library::inspect(file) {
            Ok(manifest) => match self.plugins.iter().find(|known| known.name == manifest.name) {
                Some(first) if first.file.parent() != file.parent() => {
                    let (name, first) = (&manifest.name, first.file.display());
                    tracing::info!(
                        "plugin {}: not used, since {name} is there already, from {first}",
                        file.display()
                    );
                }
                Some(first) => {
                    let (name, first) = (&manifest.name, first.file.display());
                    let reason = format!("{name} is there already, from {first}: remove one of the two");
                    self.rejections.push(Rejection::new(file, reason).of(name));
                }
                None => self.plugins.push(manifest),
            },
            Err(rejection) if !rejection.is_plugin() => self.passed_by.push(rejection),
            Err(rejection) => self.rejections.push(rejection),
        }
    }
}
