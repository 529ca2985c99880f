//! The copy of a plugin that is loaded.

use std::path::{Path, PathBuf};

use super::{Library, Manifest, PrivateDirectory, Rejection, generation, inspection};

/// A copy that nobody can overwrite, of the very bytes that were looked at.
#[derive(Debug)]
pub struct PrivateCopy {
    manifest: Manifest,
    path: PathBuf,
}

impl PrivateCopy {
    /// Looks at a file, and copies it.
    ///
    /// # Errors
    /// What speaks against it, in one line.
    pub fn of(file: &Path, private: &PrivateDirectory) -> Result<Self, Rejection> {
        let bytes = inspection::read(file)?;
        let manifest = inspection::inspect(&bytes, file)?;
        let path = private.keep(&bytes, &manifest.name).map_err(|error| {
            let place = private.path().display();
            let reason = format!("cannot be copied to {place}: {error}: make room there, or set TMPDIR");
            Rejection::new(file, reason).of(&manifest.name)
        })?;
        Ok(Self { manifest, path })
    }

    /// What the plugin says about itself, and where it was copied from.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Where it lies, for every process of this user's.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Loads it.
    ///
    /// # Errors
    /// What the loader says, in one line; also the 501st loading of a process.
    pub fn load(self) -> Result<Library, Rejection> {
        let wrong = |reason: String| Rejection::new(&self.manifest.file, reason).of(&self.manifest.name);
        let generation = generation::next().ok_or_else(|| {
            let most = generation::MOST;
            wrong(format!("{most} libraries have been loaded, and none can be unloaded: restart the host"))
        })?;
        Library::open(&self.path, self.manifest.clone(), generation)
            .map_err(|reason| wrong(format!("{} cannot be loaded: {reason}", self.manifest.name)))
    }
}
