//! One operation is loaded, unloaded, or loaded again, while the host runs.

use super::built::{self, Built};
use super::change::{Change, Changed, Objection};
use super::entry::Entry;
use super::rejected::Rejected;
use super::{Instances, Known};
use crate::configuration::{Configuration, InstanceSettings, advice};
use crate::plugin::{PrivateCopy, Rejection, directory};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tracing::info;

impl Instances {
    /// Loads a plugin's file. It takes over from the operation of its name; where there is none, its instances are those
    /// that the configuration wants, or one at its defaults.
    ///
    /// # Errors
    /// What is wrong with it; what ran before goes on.
    pub async fn load(self: &Arc<Self>, file: PathBuf) -> Result<Change, Objection> {
        let mut known = self.begin().await;
        self.bring(&mut known, &file, None).await
    }

    /// Ends the instances of an operation, or one of this name. Their victims are removed. It waits for no other change: who
    /// does harm is ended while another is tried out, and what is to take its place is refused.
    ///
    /// # Errors
    /// There are none.
    pub fn unload(self: &Arc<Self>, name: &str) -> Result<Change, Objection> {
        let there = self.there();
        let known = there.entries.iter().chain(&there.coming).map(|entry| entry.settings.clone());
        let known: Vec<InstanceSettings> = known.collect();
        drop(there);
        let ending: Vec<String> = chosen(&known, name).into_iter().map(|settings| settings.name).collect();
        if ending.is_empty() {
            return Err(self.unknown(&known, name));
        }
        Ok(self.told(self.end(&ending), Vec::new()))
    }

    /// Loads the file of an operation, or of the instance of this name, again. Also where it is retired, stuck, rejected or
    /// unloaded.
    ///
    /// # Errors
    /// There is none, or something is wrong with it; what ran before goes on.
    pub async fn reload(self: &Arc<Self>, name: &str) -> Result<Change, Objection> {
        let mut known = self.begin().await;
        let mut wanted = self.running();
        for settings in &known.configuration.instances {
            if wanted.iter().all(|running| running.name != settings.name) {
                wanted.push(settings.clone());
            }
        }
        let chosen = chosen(&wanted, name);
        let Some(first) = chosen.first() else { return Err(self.unknown(&wanted, name)) };
        let Some(file) = self.file_of(first) else {
            let operation = &first.operation;
            let line =
                format!("no plugin offers the operation `{operation}`: name its file: operations load FILE");
            return Err(Objection::refused(vec![line]));
        };
        self.bring(&mut known, &file, Some(&chosen)).await
    }

    /// Loads a file, builds its instances (those chosen, or all), and lets them take over.
    pub(super) async fn bring(
        self: &Arc<Self>,
        known: &mut Known,
        file: &Path,
        chosen: Option<&[InstanceSettings]>,
    ) -> Result<Change, Objection> {
        let brought = self.try_to_bring(known, file, chosen).await;
        let mut there = self.there_mut();
        there.rejected.retain(|row| row.file != file);
        match brought {
            Ok(change) => {
                let runs = |row: &Rejected| change.instances.iter().any(|one| one.name == row.name);
                there.rejected.retain(|row| !runs(row));
                drop(there);
                Ok(change)
            }
            Err((operation, mut objection)) => {
                let why = objection.lines.join("; ");
                there.rejected.push(Rejected::file(operation.as_deref(), file, why));
                let is_of_it = |entry: &&Arc<Entry>| {
                    entry.manifest.file == file || Some(&entry.manifest.name) == operation.as_ref()
                };
                let goes_on = there.entries.iter().filter(is_of_it);
                let goes_on = goes_on.filter(|entry| !entry.instance.state().is_retired());
                let goes_on: Vec<String> = goes_on
                    .map(|entry| format!("{} (generation {})", entry.name(), entry.generation()))
                    .collect();
                if let Some(last) = objection.lines.last_mut().filter(|_| !goes_on.is_empty()) {
                    last.push_str(&format!("; what ran before goes on: {}", goes_on.join(", ")));
                }
                Err(objection)
            }
        }
    }

    async fn try_to_bring(
        self: &Arc<Self>,
        known: &mut Known,
        file: &Path,
        chosen: Option<&[InstanceSettings]>,
    ) -> Result<Change, (Option<String>, Objection)> {
        let operation = chosen.and_then(<[_]>::first).map(|settings| settings.operation.clone());
        let refused =
            |operation: &Option<String>, line: String| (operation.clone(), Objection::refused(vec![line]));
        let copy = self.copy(file).await.map_err(|rejection| {
            let carried = rejection.operation().map(str::to_owned);
            refused(&carried.or_else(|| operation.clone()), rejection.to_string())
        })?;
        let carried = copy.manifest().name.clone();
        if let Some(wanted) = operation.as_ref().filter(|wanted| **wanted != carried) {
            let file = file.display();
            let line = format!(
                "plugin {file}: it carries {carried} now, and not {wanted}: load it: operations load {file}"
            );
            return Err(refused(&operation, line));
        }
        let operation = Some(carried.clone());
        let settings = match chosen {
            Some(chosen) => chosen.to_vec(),
            None => self.instances_of(known, &carried).map_err(|line| refused(&operation, line))?,
        };
        let (bedrock, configuration) = (Arc::clone(&self.bedrock), known.configuration.clone());
        let built = tokio::task::spawn_blocking(move || {
            let is_isolated = settings.iter().all(|settings| settings.isolate);
            let library = if is_isolated { Ok(copy.leave_out()) } else { copy.load() };
            let library = library.map_err(|rejection| rejection.to_string())?;
            let build = |settings: &InstanceSettings| {
                Built::new(&library, settings, &bedrock).map_err(|error| match error.broken {
                    true => built::broken(settings, &error),
                    false => built::problem(&configuration, settings, &error).to_string(),
                })
            };
            let built = settings.iter().map(build).collect::<Result<Vec<Built>, String>>()?;
            Ok((library, built))
        });
        let built = built.await.unwrap_or_else(|error| Err(error.to_string()));
        let (library, built) = built.map_err(|line| refused(&operation, line))?;
        let order = order(&known.configuration);
        let instances = self.hand_over(built, &[], &order).await.map_err(|lines| {
            let named = |line: String| format!("plugin {}: {line}", file.display());
            (operation.clone(), Objection::refused(lines.into_iter().map(named).collect()))
        })?;
        known.libraries.insert(carried, library);
        Ok(self.told(instances, Vec::new()))
    }

    /// Copies one file, on a thread that may be held up.
    async fn copy(&self, file: &Path) -> Result<PrivateCopy, Rejection> {
        let (path, private) = (file.to_owned(), Arc::clone(&self.private));
        let copied = tokio::task::spawn_blocking(move || built::copy(&path, &private)).await;
        copied.unwrap_or_else(|error| Err(Rejection::new(file, error)))
    }

    /// The instances that there are of an operation, or should be.
    fn instances_of(&self, known: &Known, operation: &str) -> Result<Vec<InstanceSettings>, String> {
        let running = self.running();
        let of = |all: &[InstanceSettings]| -> Vec<InstanceSettings> {
            all.iter().filter(|settings| settings.operation == operation).cloned().collect()
        };
        let mut instances = of(&running);
        if instances.is_empty() {
            instances = of(&known.configuration.instances);
        }
        if instances.is_empty() {
            instances.push(InstanceSettings::at_defaults(operation));
        }
        let taken = |one: &InstanceSettings| one.name == instances[0].name && one.operation != operation;
        match running.iter().find(|one| taken(one)) {
            None => Ok(instances),
            Some(other) => Err(format!(
                "an instance of {} is called {} already: configure one of {operation} with a `name` of its own",
                other.operation, other.name
            )),
        }
    }

    /// Where an instance's operation comes from: the file that it runs from, that was rejected, or that is found.
    fn file_of(&self, settings: &InstanceSettings) -> Option<PathBuf> {
        let InstanceSettings { name, operation, .. } = settings;
        let there = self.there();
        let running = there.entries.iter();
        let from = |same: &dyn Fn(&Entry) -> bool| {
            running.clone().find(|entry| same(entry)).map(|entry| entry.manifest.file.clone())
        };
        let rejected = || {
            let row = there.rejected.iter().find(|row| row.name == *name || row.operation == *operation);
            row.map(|row| row.file.clone()).filter(|file| !file.as_os_str().is_empty())
        };
        let found = || {
            let plugins = directory::scan(&*self.directories.borrow()).plugins;
            plugins.into_iter().find(|manifest| manifest.name == *operation).map(|manifest| manifest.file)
        };
        from(&|entry| entry.name() == name)
            .or_else(|| from(&|entry| entry.manifest.name == *operation))
            .or_else(rejected)
            .or_else(found)
    }

    /// What the instances that run were built from.
    pub(super) fn running(&self) -> Vec<InstanceSettings> {
        self.there().entries.iter().map(|entry| entry.settings.clone()).collect()
    }

    fn unknown(&self, instances: &[InstanceSettings], name: &str) -> Objection {
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

    /// Writes into the log what changed, and what is still under way.
    pub(super) fn told(&self, instances: Vec<Changed>, mut notes: Vec<String>) -> Change {
        for changed in &instances {
            info!(instance = changed.name, "{changed}");
        }
        let changed = |name: &str| instances.iter().any(|one| one.name == name);
        let there = self.there();
        let untouched = there.entries.iter().filter(|entry| !changed(entry.name())).count();
        for old in there.going.iter().filter(|entry| changed(entry.name())) {
            if let Some(why) = old.under_way() {
                let (name, generation) = (old.name(), old.generation());
                info!(instance = name, "generation {generation} is leaving: {why}");
                notes.push(format!("{name}: generation {generation} is leaving: {why}"));
            }
        }
        Change { instances, untouched, notes }
    }
}

/// Those of the operation of this name; else the one that is called so.
fn chosen(instances: &[InstanceSettings], name: &str) -> Vec<InstanceSettings> {
    let of = |same: &dyn Fn(&&InstanceSettings) -> bool| {
        instances.iter().filter(same).cloned().collect::<Vec<_>>()
    };
    let operations = of(&|settings| settings.operation == name);
    if operations.is_empty() { of(&|settings| settings.name == name) } else { operations }
}

/// The configuration's order.
pub(super) fn order(configuration: &Configuration) -> Vec<String> {
    configuration.instances.iter().map(|settings| settings.name.clone()).collect()
}
