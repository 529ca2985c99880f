//! An instance that has been built and does not run yet.

use super::bedrock::Bedrock;
use super::ground::HostGround;
use crate::configuration::{Configuration, InstanceSettings, Problem, advice};
use crate::plugin::{
    ConstructError, Library, Manifest, Operation, PrivateCopy, PrivateDirectory, Rejection, Trial, Unknown,
};
use chaos_kitty_bus::encode_value;
use std::path::Path;
use std::sync::Arc;
use tokio::runtime::Handle;

/// Its operation has accepted its parameters.
pub(super) struct Built {
    pub(super) settings: InstanceSettings,
    pub(super) manifest: Manifest,
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
        let (stands_on, runtime) = (Arc::clone(&ground) as Arc<_>, Handle::current());
        let operation = library.construct(&settings.name, &bytes, settings.isolate, stands_on, runtime)?;
        Ok(Self { settings: settings.clone(), manifest: library.manifest().clone(), operation, ground })
    }
}

/// Looks at one file, copies it, and has a child try it out. That blocks.
///
/// # Errors
/// What speaks against it, in one line.
pub(super) fn copy(file: &Path, private: &PrivateDirectory) -> Result<PrivateCopy, Rejection> {
    let trial = Trial::begin();
    let copy = PrivateCopy::of(file, private)?;
    trial.of(&copy)?;
    Ok(copy)
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
    error: &ConstructError,
) -> Problem {
    let message = match error.unknown.as_deref() {
        None => error.message.clone(),
        Some(Unknown { what, name, known }) => {
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            let what = if what == "field" { "parameter" } else { "word" };
            format!("unknown {what} `{name}`{}", advice(name, &known))
        }
    };
    let named = match &error.path {
        // What is unknown is named already.
        Some(path) if !error.is_at_key() => format!("`{path}` of "),
        _ => String::new(),
    };
    let message = format!("{named}instance `{}` ({}): {message}", settings.name, settings.operation);
    match &configuration.source {
        Some(source) => {
            settings.parameters.problem(source, error.path.as_deref(), error.is_at_key(), message)
        }
        None => Problem::without_file(message),
    }
}
