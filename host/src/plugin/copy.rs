//! The copy of a plugin that is loaded.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::runtime::Handle;

use super::{
    ConstructError, Ground, Library, Manifest, Operation, PrivateDirectory, Rejection, generation,
    inspection, isolated,
};

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
        if !generation::may_load() {
            let most = generation::MOST;
            let why = "libraries have been loaded, and none can be unloaded: restart the host";
            return Err(wrong(format!("{most} {why}")));
        }
        let module = Library::open(&self.path)
            .map_err(|reason| wrong(format!("{} cannot be loaded: {reason}", self.manifest.name)))?;
        Ok(Library::new(self, Some(module), generation::next()))
    }

    /// Leaves it to processes of its own.
    pub fn leave_out(self) -> Library {
        Library::new(self, None, generation::next())
    }

    /// Builds an instance as [`Library::construct`] does, in a process of its own: this one does not load the plugin.
    ///
    /// # Errors
    /// As there, or how the process ended.
    pub(super) fn construct_isolated(
        &self,
        instance: &str,
        parameters: &[u8],
        ground: Arc<dyn Ground>,
        handle: Handle,
    ) -> Result<Operation, ConstructError> {
        let (copy, its_ground, its_handle) = (self.path.clone(), Arc::clone(&ground), handle.clone());
        let build = move |parameters: &[u8], host, life| {
            isolated::construct(&copy, parameters, host, its_ground, life, its_handle)
        };
        Operation::construct(build, instance, parameters, ground, handle)
    }
}
