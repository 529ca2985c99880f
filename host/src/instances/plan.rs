//! What a host is going to run: read, found and loaded. `check` goes as far as building it.

use super::bedrock::Bedrock;
use super::built::{self, Built};
use super::rejected::Rejected;
use crate::configuration::{Configuration, InstanceSettings, Problem, advice};
use crate::plugin::{Library, Manifest, PrivateCopy, PrivateDirectory, Rejection, Trial, directory};
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where configuration and plugins come from.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The configuration file, if there is one.
    pub configuration: Option<PathBuf>,
    /// Directories of plugins that the operator named; they come first.
    pub plugins: Vec<PathBuf>,
}

impl Sources {
    /// Where plugins are looked for, going by what can be understood of the configuration.
    pub fn directories(&self) -> Vec<PathBuf> {
        let configuration = self.configuration.as_ref().map(|file| Configuration::read(file).0);
        directories(&self.plugins, &configuration.unwrap_or_default())
    }
}

/// Operations that can be started.
pub struct Plan {
    /// What the operator wants.
    pub configuration: Configuration,
    problems: Vec<Problem>,
    /// Files that are no sound plugins: an instance of theirs is no mistake in the configuration.
    rejected: Vec<Rejection>,
    /// Libraries that are no plugins, which are not worth a line unless an instance asks for one.
    passed_by: Vec<Rejection>,
    /// Instances that do not run for another reason.
    broken: Vec<Rejected>,
    /// Every operation that was found.
    found: Vec<Manifest>,
    /// Those that an instance asks for, by name.
    libraries: BTreeMap<String, Library>,
    /// Where operations were looked for, in that order.
    directories: Vec<PathBuf>,
    private: Arc<PrivateDirectory>,
    /// What runs already.
    standing: Standing,
}

/// What runs on a host that reads its configuration again.
#[derive(Default)]
pub(super) struct Standing {
    /// Its instances: those of which the configuration wants nothing else go on.
    pub(super) instances: Vec<InstanceSettings>,
    /// What has been loaded, by operation: it need not be loaded again.
    pub(super) libraries: BTreeMap<String, Library>,
}

impl Standing {
    fn has(&self, settings: &InstanceSettings) -> bool {
        self.instances.iter().any(|known| known.is_same(settings))
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Plan").field("operations", &self.libraries.keys()).finish_non_exhaustive()
    }
}

impl Plan {
    /// Reads the configuration, looks for plugins, and loads them. What is wrong is in the plan.
    ///
    /// # Errors
    /// There is no place for the plugins' copies.
    pub fn read(sources: &Sources) -> io::Result<Self> {
        Ok(Self::read_beside(sources, Arc::new(PrivateDirectory::new()?), Standing::default()))
    }

    /// The same on a host that runs: only what is not there already is loaded.
    pub(super) fn read_beside(sources: &Sources, private: Arc<PrivateDirectory>, standing: Standing) -> Self {
        let (configuration, problems) = match &sources.configuration {
            None => (Configuration::default(), Vec::new()),
            Some(file) => Configuration::read(file),
        };
        let directories = directories(&sources.plugins, &configuration);
        let mut plan = Self {
            configuration,
            problems,
            rejected: Vec::new(),
            passed_by: Vec::new(),
            broken: Vec::new(),
            found: Vec::new(),
            libraries: BTreeMap::new(),
            directories,
            private,
            standing,
        };
        plan.load();
        plan
    }

    /// What is wrong with the configuration, in the file's order: nothing runs.
    pub fn problems(&self) -> Vec<String> {
        let mut problems: Vec<&Problem> = self.problems.iter().collect();
        problems.sort_by_key(|problem| problem.position());
        problems.into_iter().map(Problem::to_string).collect()
    }

    /// What is wrong with plugins, a line each: the rest runs.
    pub fn rejections(&self) -> Vec<String> {
        let broken = self.broken.iter().map(|broken| broken.why.clone());
        self.rejected.iter().map(Rejection::to_string).chain(broken).collect()
    }

    /// What keeps an instance from running that the configuration wants, a line each.
    pub(super) fn hindrances(&self) -> Vec<String> {
        let rejected = self.rejected.iter().filter(|rejection| !rejection.instances().is_empty());
        let broken = self.broken.iter().map(|broken| broken.why.clone());
        rejected.map(Rejection::to_string).chain(broken).collect()
    }

    /// What does not run, for the list of what does.
    pub(super) fn rejected(&self) -> Vec<Rejected> {
        let of_file = |rejection: &Rejection| {
            let row = Rejected::file(rejection.operation(), rejection.file(), rejection.reason().to_owned());
            let named = |name: &String| Rejected { name: name.clone(), ..row.clone() };
            match rejection.instances() {
                [] => vec![row],
                instances => instances.iter().map(named).collect(),
            }
        };
        self.rejected.iter().flat_map(of_file).chain(self.broken.iter().cloned()).collect()
    }

    /// Where operations were looked for.
    pub(super) fn directories(&self) -> &[PathBuf] {
        &self.directories
    }

    /// The operations that the instances use.
    pub fn operations(&self) -> impl Iterator<Item = &Manifest> {
        self.libraries.values().map(Library::manifest)
    }

    fn load(&mut self) {
        let directories = self.directories.clone();
        let instances = self.configuration.instances.iter();
        let wanted: Vec<&str> = instances
            .filter(|settings| !self.standing.has(settings))
            .map(|settings| settings.operation.as_str())
            .collect();
        let found = directory::scan(&directories);
        (self.rejected, self.passed_by) = (found.rejections, found.passed_by);
        let all = &self.configuration.instances;
        let is_to_be_loaded =
            |name: &str| all.iter().any(|settings| settings.operation == name && !settings.isolate);
        // Only what is going to run is loaded: a plugin's code runs when it is.
        let wanted = found.plugins.iter().filter(|found| wanted.contains(&found.name.as_str()));
        let (mut trial, mut copies) = (None, Vec::new());
        for manifest in wanted {
            let known = self.standing.libraries.get(&manifest.name);
            let serves = |library: &&Library| {
                let is_enough = library.is_loaded() || !is_to_be_loaded(&manifest.name);
                library.manifest().file == manifest.file && is_enough
            };
            if let Some(library) = known.filter(serves) {
                self.libraries.insert(manifest.name.clone(), library.clone());
                continue;
            }
            trial.get_or_insert_with(Trial::begin);
            match PrivateCopy::of(&manifest.file, &self.private) {
                Ok(copy) => copies.push(copy),
                Err(rejection) => self.rejected.push(rejection),
            }
        }
        let tried = trial.map_or_else(Vec::new, |trial| trial.of_all(&copies));
        for (tried, copy) in tried.into_iter().zip(copies) {
            let load = is_to_be_loaded(&copy.manifest().name);
            match tried.and_then(|()| if load { copy.load() } else { Ok(copy.leave_out()) }) {
                Ok(library) => {
                    self.libraries.insert(library.manifest().name.clone(), library);
                }
                Err(rejection) => self.rejected.push(rejection),
            }
        }
        self.found = found.plugins;
    }

    /// Builds every instance that is not there already, so that each parameter has been looked at by its operation.
    pub(super) fn build(&mut self, bedrock: &Arc<Bedrock>) -> Vec<Built> {
        let mut built = Vec::new();
        for settings in self.configuration.instances.clone() {
            if self.standing.has(&settings) {
                continue;
            }
            let Some(library) = self.libraries.get(&settings.operation) else {
                self.miss(&settings);
                continue;
            };
            match Built::new(library, &settings, bedrock) {
                Ok(one) => built.push(one),
                Err(error) if error.broken => {
                    let (file, why) = (&library.manifest().file, built::broken(&settings, &error));
                    let row = Rejected::file(Some(&settings.operation), file, why);
                    self.broken.push(Rejected { name: settings.name, ..row });
                }
                Err(error) => {
                    self.problems.push(built::problem(&self.configuration, &settings, &error));
                }
            }
        }
        built
    }

    /// Everything that has been loaded, by operation.
    pub(super) fn into_libraries(mut self) -> (Configuration, BTreeMap<String, Library>) {
        let mut libraries = std::mem::take(&mut self.standing.libraries);
        libraries.append(&mut self.libraries);
        (self.configuration, libraries)
    }

    /// Where the plugins' copies lie, to be kept for as long as they run.
    pub fn private(&self) -> Arc<PrivateDirectory> {
        Arc::clone(&self.private)
    }

    /// There is no operation for an instance: its plugin was rejected, or nobody offers it.
    fn miss(&mut self, settings: &InstanceSettings) {
        let InstanceSettings { name, operation, .. } = settings;
        self.rejected.extend(self.passed_by.extract_if(.., |other| other.is_of(operation)));
        if let Some(rejection) = self.rejected.iter_mut().find(|rejection| rejection.is_of(operation)) {
            return rejection.holds_up(name);
        }
        let known: Vec<&str> = self.found.iter().map(|manifest| manifest.name.as_str()).collect();
        let places: Vec<String> = self.directories.iter().map(|path| path.display().to_string()).collect();
        let message = format!(
            "no plugin offers the operation `{operation}`{}; looked in {}: name a directory with --plugins",
            advice(operation, &known),
            places.join(", ")
        );
        match &self.configuration.source {
            Some(source) => self.problems.push(source.problem(settings.span.clone(), message)),
            None => {
                let (name, operation, file) = (name.clone(), operation.clone(), PathBuf::new());
                self.broken.push(Rejected { name, operation, file, why: message });
            }
        }
    }
}

/// Where plugins are looked for: what the operator named, the configuration, beside the executable, and where
/// install.sh puts them.
fn directories(named: &[PathBuf], configuration: &Configuration) -> Vec<PathBuf> {
    let beside = std::env::current_exe().ok().and_then(|file| file.parent().map(Path::to_owned));
    let installed = beside.as_ref().map(|bin| bin.join("../lib/chaos-kitty/plugins"));
    let configured = configuration.host.plugins.iter().map(|path| configuration.beside(path));
    let mut directories: Vec<PathBuf> = Vec::new();
    let mut seen = Vec::new();
    let named = named.iter().cloned().map(|path| (path, true));
    let configured = configured.map(|path| (path, true));
    let own = beside.into_iter().chain(installed).map(|path| (path, false));
    for (path, must_exist) in named.chain(configured).chain(own) {
        let real = path.canonicalize().ok();
        if real.is_none() && !must_exist || seen.contains(&real) && real.is_some() {
            continue;
        }
        seen.push(real);
        directories.push(path);
    }
    directories
}
