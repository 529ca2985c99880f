//! An instance that has been built and does not run yet.

use super::bedrock::Bedrock;
use super::ground::HostGround;
use crate::configuration::{Configuration, InstanceSettings, Problem};
use crate::plugin::{
    ConstructError, Library, Manifest, Operation, PrivateCopy, PrivateDirectory, Rejection, Trial,
};
use chaos_kitty_bus::encode_value;
use std::path::Path;
use std::slice;
use std::sync::Arc;
use tokio::runtime::Handle;

/// Its operation has accepted its parameters.
pub(super) struct Built {
    pub(super) settings: InstanceSettings,
    pub(super) manifest: Manifest,
    pub(super) generation: u32,
    pub(super) operation: Operation,
    pub(super) ground: Arc<HostGround>,
}

impl Built {
    /// Builds it. That blocks for as long as its operation thinks.
    ///
    /// # Errors
    /// What the operation has against its parameters, or that it is broken.
    pub(super) fn new(
        library: &Library,
        settings: &InstanceSettings,
        bedrock: &Arc<Bedrock>,
    ) -> Result<Self, ConstructError> {
        let mut bytes = Vec::new();
        // TOML holds nothing that MessagePack does not.
        let _ = encode_value(&settings.parameters.value(), &mut bytes);
        let ground = bedrock.ground(&settings.name);
        let operation =
            library.construct(&settings.name, &bytes, Arc::clone(&ground) as Arc<_>, Handle::current())?;
        Ok(Self {
            settings: settings.clone(),
            manifest: library.manifest().clone(),
            generation: library.generation(),
            operation,
            ground,
        })
    }
}

/// Loads one file: looks at it, copies it, and has a child try it out first. That blocks.
///
/// # Errors
/// What speaks against it, in one line.
pub(super) fn open(file: &Path, private: &PrivateDirectory) -> Result<Library, Rejection> {
    let copy = PrivateCopy::of(file, private)?;
    Trial::of(slice::from_ref(&copy)).into_iter().collect::<Result<(), _>>()?;
    copy.load()
}

/// An instance whose operation is to blame.
pub(super) fn broken(settings: &InstanceSettings, error: &ConstructError) -> String {
    let InstanceSettings { name, operation, .. } = settings;
    format!("instance {name} ({operation}) does not run: {error}: mend the plugin, or leave the instance out")
}

/// An instance whose parameters are wrong, at their line of the file.
pub(super) fn problem(
    configuration: &Configuration,
    settings: &InstanceSettings,
    path: Option<&str>,
    message: &str,
) -> Problem {
    let named = path.map_or_else(String::new, |path| format!("`{path}` of "));
    let message = format!("{named}instance `{}` ({}): {message}", settings.name, settings.operation);
    match &configuration.source {
        Some(source) => settings.parameters.problem(source, path, message),
        None => Problem::without_file(message),
    }
}
