//! What a plan is about.

use super::change::Objection;
use super::standing::Standing;
use crate::configuration::{Configuration, InstanceSettings, advice};
use std::path::PathBuf;

/// Which instances are built anew, always with the settings that the configuration's file has for them now.
pub(super) enum Scope {
    /// All that the configuration wants and that do not run as it wants them.
    Everything,
    /// Those of the operation that a file carries.
    File(PathBuf),
    /// Those of the operation of this name; else the one that is called so.
    Named(String),
}

impl Scope {
    /// Whether it is about some instances alone.
    pub(super) fn is_narrow(&self) -> bool {
        !matches!(self, Self::Everything)
    }

    /// The instances. A file is known by the operation that it carries.
    ///
    /// # Errors
    /// There is none of that name, or it is another's.
    pub(super) fn instances(
        &self,
        configuration: &Configuration,
        standing: &Standing,
        carried: Option<&str>,
    ) -> Result<Vec<InstanceSettings>, Objection> {
        match self {
            Self::Everything => {
                let wanted = configuration.instances.iter().filter(|settings| !standing.has(settings));
                Ok(wanted.cloned().collect())
            }
            Self::File(_) => of_operation(carried.unwrap_or_default(), configuration, standing),
            Self::Named(name) => {
                let mut all: Vec<_> =
                    standing.running().map(|one| as_configured(one, configuration)).collect();
                let others = configuration.instances.iter().filter(|one| !standing.runs(&one.name));
                all.extend(others.cloned());
                let chosen = chosen(&all, name);
                if chosen.is_empty() { Err(unknown(&all, name)) } else { Ok(chosen) }
            }
        }
    }
}

/// Those that run, and those that were rejected; where there is none, those that the configuration wants, or one at its
/// defaults.
fn of_operation(
    operation: &str,
    configuration: &Configuration,
    standing: &Standing,
) -> Result<Vec<InstanceSettings>, Objection> {
    let configured = configuration.instances.iter().filter(|one| one.operation == operation);
    let running = standing.running().filter(|one| one.operation == operation);
    let mut instances: Vec<_> = running.map(|one| as_configured(one, configuration)).collect();
    let is_missed = |one: &&InstanceSettings| !standing.runs(&one.name) && standing.rejects(&one.name);
    instances.extend(configured.clone().filter(is_missed).cloned());
    if instances.is_empty() {
        instances.extend(configured.cloned());
    }
    if instances.is_empty() {
        instances.push(InstanceSettings::at_defaults(operation));
    }
    let is_taken = |other: &&InstanceSettings| {
        other.operation != operation && instances.iter().any(|one| one.name == other.name)
    };
    match standing.running().find(is_taken) {
        None => Ok(instances),
        Some(InstanceSettings { operation: other, name, .. }) => Err(Objection::refused(vec![format!(
            "an instance of {other} is called {name} already: configure one of {operation} with a `name` of its own"
        )])),
    }
}

/// What the configuration wants of an instance that runs; one that was loaded beside it stays as it is.
fn as_configured(running: &InstanceSettings, configuration: &Configuration) -> InstanceSettings {
    let is_same = |one: &&InstanceSettings| one.name == running.name && one.operation == running.operation;
    configuration.instances.iter().find(is_same).unwrap_or(running).clone()
}

/// Those of the operation of this name; else the one that is called so.
pub(super) fn chosen(instances: &[InstanceSettings], name: &str) -> Vec<InstanceSettings> {
    let of = |same: &dyn Fn(&&InstanceSettings) -> bool| {
        instances.iter().filter(same).cloned().collect::<Vec<_>>()
    };
    let operations = of(&|settings| settings.operation == name);
    if operations.is_empty() { of(&|settings| settings.name == name) } else { operations }
}

pub(super) fn unknown(instances: &[InstanceSettings], name: &str) -> Objection {
    let mut known: Vec<&str> = Vec::new();
    for settings in instances {
        for name in [&*settings.operation, &*settings.name] {
            if !known.contains(&name) {
                known.push(name);
            }
        }
    }
    let advice = advice(name, &known);
    Objection::wrong_use(format!("no operation or instance is called `{name}`{advice}"))
}
