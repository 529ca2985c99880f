//! One operation is loaded, unloaded, or loaded again, while the host runs.

use super::built::{Built, discard};
use super::change::{Change, Changed, Objection};
use super::entry::Entry;
use super::rejected::Rejected;
use super::scope::{Scope, chosen, unknown};
use super::standing::Standing;
use super::{Instances, Known, Plan, names};
use crate::configuration::InstanceSettings;
use crate::plugin::State;
use std::path::PathBuf;
use std::sync::Arc;
use tracing::info;

impl Instances {
    /// Loads a plugin's file. It takes over from the operation of its name; where there is none, its instances are those
    /// that the configuration wants, or one at its defaults.
    ///
    /// # Errors
    /// What is wrong with it, or with the configuration; what ran before goes on.
    pub async fn load(self: &Arc<Self>, file: PathBuf) -> Result<Change, Objection> {
        let mut known = self.begin().await;
        self.bring(&mut known, Scope::File(file)).await
    }

    /// Ends the instances of an operation, or one of this name. Their victims are removed. It waits for no other change: who
    /// does harm is ended while another is tried out, and what is to take its place is refused.
    ///
    /// One that is leaving already finishes nothing more. What was rejected is listed no more.
    ///
    /// # Errors
    /// There are none.
    pub fn unload(self: &Arc<Self>, name: &str) -> Result<Change, Objection> {
        let there = self.there();
        let all = there.entries.iter().chain(&there.coming).chain(&there.going);
        let known: Vec<InstanceSettings> = all.map(|entry| entry.settings.clone()).collect();
        drop(there);
        let mut ending: Vec<String> = Vec::new();
        for settings in chosen(&known, name) {
            if !ending.contains(&settings.name) {
                ending.push(settings.name);
            }
        }
        let rejected = self.there_mut().rejected.extract_if(.., |row| row.is_called(name)).count();
        match (ending.is_empty(), rejected) {
            (true, 0) => Err(unknown(&known, name)),
            (true, _) => Ok(self.told(Vec::new(), vec![format!("{name} did not run; it is listed no more")])),
            (false, _) => Ok(self.told(self.end(&ending), Vec::new())),
        }
    }

    /// Loads the file of an operation, or of the instance of this name, again. Also where it is retired, stuck, rejected or
    /// unloaded.
    ///
    /// # Errors
    /// There is none, or something is wrong with it, or with the configuration; what ran before goes on.
    pub async fn reload(self: &Arc<Self>, name: &str) -> Result<Change, Objection> {
        let mut known = self.begin().await;
        self.bring(&mut known, Scope::Named(name.to_owned())).await
    }

    /// Builds some instances anew, with the settings that the configuration has for them now, and lets them take over.
    pub(super) async fn bring(
        self: &Arc<Self>,
        known: &mut Known,
        scope: Scope,
    ) -> Result<Change, Objection> {
        let (plan, built) = self.plan(scope).await?;
        let order = names(&plan.configuration);
        let brought = match plan.objection() {
            Some(objection) => {
                discard(built);
                Err(objection)
            }
            None => self.hand_over(built, &[], &order, None).await.map_err(|lines| {
                let named = |line: String| match plan.file() {
                    Some(file) => format!("plugin {}: {line}", file.display()),
                    None => line,
                };
                Objection::refused(lines.into_iter().map(named).collect())
            }),
        };
        match brought {
            Ok(changed) => {
                let is_new = |name: &&String| !known.configured.contains(name);
                let is_wanted = |name: &&String| plan.wanted().any(|settings| settings.name == **name);
                let new: Vec<_> = order.iter().filter(is_wanted).filter(is_new).cloned().collect();
                known.configured.extend(new);
                self.there_mut().rejected.retain(|row| match &row.instance {
                    Some(name) => plan.wanted().all(|settings| settings.name != *name),
                    None => {
                        let is_other = |settings: &InstanceSettings| settings.operation != row.operation;
                        plan.wanted().all(is_other) && !plan.uses(&row.file)
                    }
                });
                Ok(self.told(changed, Vec::new()))
            }
            Err(mut objection) => {
                let rows = plan.refused(&objection.lines.join("; "));
                objection.lines.extend(self.refuse(rows));
                Err(objection)
            }
        }
    }

    /// Plans and builds what is to be different, on a thread that may be held up.
    pub(super) async fn plan(&self, scope: Scope) -> Result<(Plan, Vec<Built>), Objection> {
        let standing = {
            let there = self.there();
            let entries = there.entries.iter();
            let instances =
                entries.clone().map(|entry| (entry.settings.clone(), entry.manifest.file.clone()));
            let spent =
                entries.filter(|entry| !entry.settings.isolate && entry.instance.state() != State::Running);
            let spent = spent.map(|entry| entry.name().to_owned());
            Standing {
                instances: instances.collect(),
                spent: spent.collect(),
                rejected: there.rejected.clone(),
            }
        };
        let (sources, shelf, bedrock) =
            (self.sources.clone(), Arc::clone(&self.shelf), Arc::clone(&self.bedrock));
        let planned = tokio::task::spawn_blocking(move || {
            let mut plan = Plan::read_beside(&sources, shelf, standing, scope);
            let built = plan.build(&bedrock);
            (plan, built)
        });
        planned.await.map_err(|error| Objection::refused(vec![error.to_string()]))
    }

    /// Lists what was refused, and answers what goes on in its place.
    fn refuse(&self, rows: Vec<Rejected>) -> Option<String> {
        let mut there = self.there_mut();
        let is_of = |row: &Rejected, entry: &Entry| match &row.instance {
            Some(instance) => instance == entry.name(),
            // A damaged file does not say what it carries.
            None => row.operation == entry.manifest.name || row.file == entry.manifest.file,
        };
        let goes_on: Vec<String> = there
            .entries
            .iter()
            .filter(|entry| rows.iter().any(|row| is_of(row, entry)))
            .filter(|entry| !entry.instance.state().is_retired())
            .map(|entry| format!("{} (generation {})", entry.name(), entry.generation()))
            .collect();
        for row in rows {
            there.rejected.retain(|known| !known.is_about(&row));
            there.rejected.push(row);
        }
        (!goes_on.is_empty()).then(|| format!("what ran before goes on: {}", goes_on.join(", ")))
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
        Change { instances, untouched, notes, ..Change::default() }
    }
}
