//! The copy of a plugin that is loaded.

use std::fs;
use std::path::Path;

use super::private_directory::Kept;
use super::{Inspected, Library, Manifest, PrivateDirectory, Rejection, generation};

/// A copy that nobody can overwrite, of the very bytes that were looked at. Its file goes when nobody needs it any more.
#[derive(Debug)]
pub struct PrivateCopy {
    manifest: Manifest,
    kept: Kept,
}

impl PrivateCopy {
    /// Looks at a file, and copies it.
    ///
    /// # Errors
    /// What speaks against it, in one line.
    pub fn of(file: &Path, private: &PrivateDirectory) -> Result<Self, Rejection> {
        Self::keep(&Inspected::read(file)?, private)
    }

    /// Copies what was looked at.
    ///
    /// # Errors
    /// There is no place for it.
    pub(super) fn keep(inspected: &Inspected, private: &PrivateDirectory) -> Result<Self, Rejection> {
        let manifest = inspected.manifest().clone();
        let kept = private.keep(inspected.bytes(), &manifest.name).map_err(|error| {
            let place = private.path().display();
            let reason = format!("cannot be copied to {place}: {error}: make room there, or set TMPDIR");
            Rejection::new(&manifest.file, reason).of(&manifest.name)
        })?;
        Ok(Self { manifest, kept })
    }

    /// Whether it is one of these bytes.
    pub(super) fn is_of(&self, bytes: &[u8]) -> bool {
        let as_long = |file: fs::Metadata| file.len() == bytes.len() as u64;
        self.path().metadata().is_ok_and(as_long) && fs::read(self.path()).is_ok_and(|own| own == bytes)
    }

    /// What the plugin says about itself, and where it was copied from.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Where it lies, for every process of this user's.
    pub(super) fn path(&self) -> &Path {
        self.kept.path()
    }

    /// Loads it.
    ///
    /// # Errors
    /// What the loader says, in one line; also the 501st loading of a process.
    pub fn load(self) -> Result<Library, Rejection> {
        let wrong = |reason: String| Rejection::new(&self.manifest.file, reason).of(&self.manifest.name);
        if !generation::may_load() {
            let most = generation::MOST;
            let why = "libraries have been loaded, and none can be unloaded: restart the host";
            return Err(wrong(format!("{most} {why}")));
        }
        let module = Library::open(self.path())
            .map_err(|reason| wrong(format!("{} cannot be loaded: {reason}", self.manifest.name)))?;
        Ok(Library::new(self, Some(module), generation::next()))
    }

    /// Leaves it to processes of its own.
    pub fn leave_out(self) -> Library {
        Library::new(self, None, generation::next())
    }
}
