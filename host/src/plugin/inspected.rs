//! A plugin's file that was looked at.

use std::path::Path;

use super::{Manifest, Rejection, inspection};

/// Its bytes, which are sound, and what it says about itself.
#[derive(Debug)]
pub struct Inspected {
    bytes: Vec<u8>,
    manifest: Manifest,
}

impl Inspected {
    /// Reads a file and looks at it.
    ///
    /// # Errors
    /// What speaks against it, in one line.
    pub fn read(file: &Path) -> Result<Self, Rejection> {
        let bytes = inspection::read(file)?;
        let manifest = inspection::inspect(&bytes, file)?;
        Ok(Self { bytes, manifest })
    }

    /// What it says about itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    pub(super) fn into_manifest(self) -> Manifest {
        self.manifest
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}
