//! What a host is going to run: read, found and loaded. `check` goes as far as building it.

use super::bedrock::Bedrock;
use super::built::{self, Built};
use super::change::Objection;
use super::rejected::Rejected;
use super::scope::Scope;
use super::sources::Sources;
use super::standing::Standing;
use super::wrong::Wrong;
use crate::configuration::{Configuration, InstanceSettings, advice};
use crate::plugin::{
    Inspected, Library, Manifest, PrivateDirectory, Rejection, Shelf, Trial, directory, near,
};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Operations that can be started.
pub struct Plan {
    /// What the operator wants.
    pub configuration: Configuration,
    scope: Scope,
    /// What runs already.
    standing: Standing,
    shelf: Arc<Shelf>,
    /// Where operations were looked for, in that order.
    directories: Vec<PathBuf>,
    /// Every operation that was found; none where nobody had to look.
    found: Option<Vec<Manifest>>,
    /// The instances to be built, and the file of each.
    wanted: Vec<(InstanceSettings, Option<PathBuf>)>,
    /// Theirs, by file.
    libraries: BTreeMap<PathBuf, Library>,
    /// There is nothing to be planned.
    objection: Option<Objection>,
    wrong: Wrong,
}

impl fmt::Debug for Plan {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Plan").field("files", &self.libraries.keys()).finish_non_exhaustive()
    }
}

impl Plan {
    /// Reads the configuration, looks for plugins, and loads them. What is wrong is in the plan.
    pub fn read(sources: &Sources, private: Arc<PrivateDirectory>) -> Self {
        Self::read_beside(sources, Arc::new(Shelf::new(private)), Standing::default(), Scope::Everything)
    }

    /// The same on a host that runs, for what is to be different there.
    pub(super) fn read_beside(
        sources: &Sources,
        shelf: Arc<Shelf>,
        standing: Standing,
        scope: Scope,
    ) -> Self {
        // It gets ready while files are read and copied.
        let trial = scope.is_narrow().then(Trial::begin);
        let (configuration, problems) = sources.read();
        let mut plan = Self {
            directories: sources.directories_with(&configuration),
            configuration,
            scope,
            standing,
            shelf,
            found: None,
            wanted: Vec::new(),
            libraries: BTreeMap::new(),
            objection: None,
            wrong: Wrong { problems, ..Wrong::default() },
        };
        // Nobody can tell what it wants of some. For all of them everything that is wrong is told at once.
        if plan.wrong.problems.is_empty() || !plan.scope.is_narrow() {
            plan.load(trial);
        }
        plan
    }

    /// What is wrong with the configuration, in the file's order: nothing runs.
    pub fn problems(&self) -> Vec<String> {
        self.wrong.problems()
    }

    /// What is wrong with plugins, a line each: the rest runs.
    pub fn rejections(&self) -> Vec<String> {
        self.wrong.rejections()
    }

    /// What keeps an instance from running that is wanted, or from being replaced: then nothing changes.
    pub(super) fn objection(&self) -> Option<Objection> {
        let lines = [self.wrong.problems(), self.wrong.hindrances()].concat();
        let is_wrong_use = !self.scope.is_narrow() || !self.wrong.problems.is_empty();
        let own = (!lines.is_empty()).then_some(Objection { is_wrong_use, lines });
        self.objection.clone().or(own)
    }

    /// What does not run, for the list of what does.
    pub(super) fn rejected(&self) -> Vec<Rejected> {
        self.wrong.rows()
    }

    /// The same where some instances and files were to take over, and none does: those that run go on.
    pub(super) fn refused(&self, why: &str) -> Vec<Rejected> {
        let named = self.wanted.iter().map(|(settings, file)| (Some(settings), file.as_deref()));
        let mut concerned: Vec<_> = named.collect();
        match &self.scope {
            // What is not there is nothing that does not run: its name was misspelt.
            Scope::File(file)
                if concerned.is_empty()
                    && !self.wrong.rejected.is_empty()
                    && file.symlink_metadata().is_ok() =>
            {
                concerned.push((None, Some(file)));
            }
            _ => {}
        }
        let of_file = self.wrong.rejected.iter().find_map(Rejection::operation).unwrap_or_default();
        let row = |(settings, file): (Option<&InstanceSettings>, Option<&Path>)| {
            let file = file.unwrap_or(Path::new(""));
            match settings {
                Some(InstanceSettings { name, operation, .. }) if !self.standing.runs(name) => {
                    Rejected::instance(name, operation, file, why)
                }
                settings => Rejected::file(settings.map_or(of_file, |one| &one.operation), file, why),
            }
        };
        concerned.into_iter().map(row).collect()
    }

    /// The instances that it was to build.
    pub(super) fn wanted(&self) -> impl Iterator<Item = &InstanceSettings> {
        self.wanted.iter().map(|(settings, _)| settings)
    }

    /// The file, where all that it builds comes from one.
    pub(super) fn file(&self) -> Option<&Path> {
        let mut files = self.libraries.keys();
        files.next().filter(|_| files.next().is_none()).map(PathBuf::as_path)
    }

    /// Whether something is built from a file.
    pub(super) fn uses(&self, file: &Path) -> bool {
        self.libraries.contains_key(file)
    }

    /// Whether all that runs from a file is built of it anew.
    pub(super) fn brings(&self, file: &Path) -> bool {
        let mut from_it = self.standing.instances.iter().filter(|(_, own)| own == file);
        self.uses(file)
            && from_it.all(|(settings, _)| self.wanted().any(|wanted| wanted.name == settings.name))
    }

    /// Where operations were looked for.
    pub(super) fn directories(&self) -> &[PathBuf] {
        &self.directories
    }

    /// The operations that the instances use, by name.
    pub fn operations(&self) -> Vec<&Manifest> {
        let mut operations: Vec<_> = self.libraries.values().map(Library::manifest).collect();
        operations.sort_by(|one, other| one.name.cmp(&other.name));
        operations
    }

    /// What is at hand from now on.
    pub(super) fn shelf(&self) -> Arc<Shelf> {
        Arc::clone(&self.shelf)
    }

    fn load(&mut self, trial: Option<Trial>) {
        if !self.scope.is_narrow() {
            self.look_around();
        }
        let mut inspected = BTreeMap::new();
        let mut carried = None;
        if let Scope::File(file) = &self.scope {
            let file = file.clone();
            let Some(one) = self.inspect(&file) else {
                let lines = match near::operation(&file, &self.directories) {
                    None => self.wrong.rejected.iter().map(Rejection::to_string).collect(),
                    Some(Manifest { name, file: near, .. }) => {
                        let (file, near) = (file.display(), near.display());
                        vec![format!(
                            "plugin {file}: there is no such file, did you mean {name}, which is {near}?"
                        )]
                    }
                };
                return self.wrong.in_the_way.extend(lines);
            };
            carried = Some(one.manifest().name.clone());
            inspected.insert(file, one);
        }
        let wanted = self.scope.instances(&self.configuration, &self.standing, carried.as_deref());
        let wanted = match wanted {
            Ok(wanted) => wanted,
            Err(objection) => return self.objection = Some(objection),
        };
        for settings in wanted {
            let file = match &self.scope {
                Scope::File(file) => Some(file.clone()),
                _ => self.file_of(&settings),
            };
            // Only what is going to run is loaded: a plugin's code runs when it is.
            if let Some(file) = file.as_ref().filter(|file| !inspected.contains_key(*file))
                && let Some(one) = self.inspect(file)
            {
                inspected.insert(file.clone(), one);
            }
            self.wanted.push((settings, file));
        }
        inspected.retain(|file, one| self.is_wanted(file, one.manifest()));
        if inspected.is_empty() {
            return;
        }
        let is_to_be_loaded = |file: &PathBuf| {
            self.wanted.iter().any(|(settings, own)| own.as_ref() == Some(file) && !settings.isolate)
        };
        let files = inspected.into_iter().map(|(file, one)| (one, is_to_be_loaded(&file))).collect();
        for (settings, file) in &self.wanted {
            if let Some(file) = file.as_ref().filter(|_| self.standing.spent.contains(&settings.name)) {
                self.shelf.clear(file);
            }
        }
        for taken in self.shelf.take(trial.unwrap_or_else(Trial::begin), files) {
            match taken {
                Ok(library) => drop(self.libraries.insert(library.manifest().file.clone(), library)),
                Err(rejection) => self.wrong.rejected.push(rejection),
            }
        }
    }

    /// Whether a file carries what an instance wants of it. It may be another plugin's by now.
    fn is_wanted(&mut self, file: &Path, manifest: &Manifest) -> bool {
        let of_it = self.wanted.iter().filter(|(_, own)| own.as_deref() == Some(file));
        let other = of_it.clone().find(|(settings, _)| settings.operation != manifest.name);
        if let Some((settings, _)) = other {
            let (carried, wanted, shown) = (&manifest.name, &settings.operation, file.display());
            let reason =
                format!("it carries {carried} now, and not {wanted}: load it: operations load {shown}");
            self.wrong.rejected.push(Rejection::new(file, reason).of(wanted));
        }
        other.is_none()
    }

    /// Reads a file; what is wrong with it is told once.
    fn inspect(&mut self, file: &Path) -> Option<Inspected> {
        let inspected = Inspected::read(file);
        inspected
            .map_err(|rejection| {
                if !self.wrong.rejected.contains(&rejection) {
                    self.wrong.rejected.push(rejection);
                }
            })
            .ok()
    }

    /// Where an instance's operation comes from: the file that it runs from, unless that has gone, the one that is found, or
    /// the one that was rejected.
    fn file_of(&mut self, settings: &InstanceSettings) -> Option<PathBuf> {
        let used = self.standing.file_of(settings);
        if let Some(file) = used.as_ref().filter(|file| file.exists()) {
            return Some(file.clone());
        }
        self.look_around();
        let mut found = self.found.iter().flatten();
        let found = found.find(|manifest| manifest.name == settings.operation);
        found
            .map(|manifest| manifest.file.clone())
            .or_else(|| self.standing.rejected_file_of(settings).filter(|file| file.exists()))
            .or(used)
    }

    /// Looks at what lies in the directories, once.
    fn look_around(&mut self) {
        if self.found.is_none() {
            let found = directory::scan(&self.directories);
            self.wrong.rejected.extend(found.rejections);
            self.wrong.passed_by = found.passed_by;
            self.found = Some(found.plugins);
        }
    }

    /// Builds the instances, so that each parameter has been looked at by its operation.
    pub(super) fn build(&mut self, bedrock: &Arc<Bedrock>) -> Vec<Built> {
        let wanted = self.wanted.clone();
        let (mut ready, mut missing) = (Vec::new(), Vec::new());
        for (settings, file) in &wanted {
            match file.as_ref().and_then(|file| self.libraries.get(file)) {
                Some(library) => ready.push((settings, library.clone())),
                None => missing.push((settings, file)),
            }
        }
        missing.into_iter().for_each(|(settings, file)| self.miss(settings, file.as_deref()));
        let results = Built::all(&ready, bedrock);
        let mut built = Vec::new();
        for ((settings, library), result) in ready.iter().zip(results) {
            let InstanceSettings { name, operation, .. } = settings;
            match result {
                Ok(one) => built.push(one),
                Err(error) if error.broken => {
                    let (file, why) = (&library.manifest().file, built::broken(settings, &error));
                    self.wrong.broken.push(Rejected::instance(name, operation, file, &why));
                }
                Err(error) => self.wrong.problems.push(built::problem(&self.configuration, settings, &error)),
            }
        }
        built
    }

    /// There is no operation for an instance: its plugin was rejected, or nobody offers it.
    fn miss(&mut self, settings: &InstanceSettings, file: Option<&Path>) {
        let InstanceSettings { name, operation, .. } = settings;
        self.wrong.rejected.extend(self.wrong.passed_by.extract_if(.., |other| other.is_of(operation)));
        let is_why = |one: &&mut Rejection| Some(one.file()) == file || one.is_of(operation);
        if let Some(rejection) = self.wrong.rejected.iter_mut().find(is_why) {
            // What runs goes on.
            if self.standing.runs(name) {
                let line = rejection.to_string();
                if !self.wrong.in_the_way.contains(&line) {
                    self.wrong.in_the_way.push(line);
                }
            } else {
                rejection.holds_up(name);
            }
            return;
        }
        let found = self.found.iter().flatten();
        let known: Vec<&str> = found.map(|manifest| manifest.name.as_str()).collect();
        let places: Vec<String> = self.directories.iter().map(|path| path.display().to_string()).collect();
        let what_to_do = match self.scope {
            Scope::Everything => "name a directory with --plugins",
            _ => "name its file: operations load FILE",
        };
        let message = format!(
            "no plugin offers the operation `{operation}`{}; looked in {}: {what_to_do}",
            advice(operation, &known),
            places.join(", ")
        );
        match self.configuration.source_of(settings) {
            Some(source) => self.wrong.problems.push(source.problem(settings.span.clone(), message)),
            None => self.wrong.broken.push(Rejected::instance(name, operation, Path::new(""), &message)),
        }
    }
}
