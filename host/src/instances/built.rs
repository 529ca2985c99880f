//! An instance that has been built and does not run yet.

use super::bedrock::Bedrock;
use super::ground::HostGround;
use crate::configuration::{Configuration, InstanceSettings, Problem, advice};
use crate::plugin::{ConstructError, Library, Manifest, Operation, Unknown};
use chaos_kitty_bus::encode_value;
use std::sync::Arc;
use std::thread;
use tokio::runtime::Handle;

/// Its operation has accepted its parameters.
pub(super) struct Built {
    pub(super) settings: InstanceSettings,
    pub(super) manifest: Manifest,
    pub(super) operation: Operation,
    pub(super) ground: Arc<HostGround>,
}

impl Built {
    /// Builds instances side by side: one that hangs costs its time once. That blocks for as long as the slowest thinks.
    pub(super) fn all(
        wanted: &[(&InstanceSettings, Library)],
        bedrock: &Arc<Bedrock>,
    ) -> Vec<Result<Self, ConstructError>> {
        if let [(settings, library)] = wanted {
            return vec![Self::new(library, settings, bedrock)];
        }
        let runtime = Handle::current();
        thread::scope(|scope| {
            let mut begun = Vec::new();
            for (settings, library) in wanted {
                let runtime = runtime.clone();
                begun.push(thread::Builder::new().spawn_scoped(scope, move || {
                    let _within = runtime.enter();
                    Self::new(library, settings, bedrock)
                }));
            }
            let mut built = Vec::new();
            for (begun, (settings, library)) in begun.into_iter().zip(wanted) {
                built.push(match begun {
                    Ok(begun) => begun.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
                    // There is no thread left for it: this one is.
                    Err(_) => Self::new(library, settings, bedrock),
                });
            }
            built
        })
    }

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
        let ground = bedrock.ground(settings);
        let (stands_on, runtime) = (Arc::clone(&ground) as Arc<_>, Handle::current());
        let operation = library.construct(&settings.name, &bytes, settings.isolate, stands_on, runtime)?;
        Ok(Self { settings: settings.clone(), manifest: library.manifest().clone(), operation, ground })
    }
}

/// Drops what is not to run, on a thread that its operations' code may hold up.
pub(super) fn discard(built: Vec<Built>) {
    // Without a thread it is done here.
    let _ = thread::Builder::new().name("discard".to_owned()).spawn(move || drop(built));
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
    match configuration.source_of(settings) {
        Some(source) => {
            settings.parameters.problem(source, error.path.as_deref(), error.is_at_key(), message)
        }
        None => Problem::without_file(message),
    }
}
