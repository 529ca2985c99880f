//! What a host is going to run: read, found and loaded. `check` goes as far as building it.

use super::ground::HostGround;
use crate::configuration::{Configuration, InstanceSettings, Problem, advice};
use crate::plugin::{
    ConstructError, Library, Manifest, Operation, PrivateCopy, PrivateDirectory, Rejection, Trial, Unknown,
    directory,
};
use chaos_kitty_bus::encode_value;
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::runtime::Handle;

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
    /// Instances that do not run for another reason, a line each.
    broken: Vec<String>,
    /// Every operation that was found.
    found: Vec<Manifest>,
    /// Those that an instance asks for, by name; loaded where one is to run in this process.
    copies: BTreeMap<String, (PrivateCopy, Option<Library>)>,
    /// Where operations were looked for, in that order.
    directories: Vec<PathBuf>,
    private: PrivateDirectory,
}

/// An instance that has been built and does not run yet.
pub(super) struct Built {
    pub(super) settings: InstanceSettings,
    pub(super) manifest: Manifest,
    pub(super) operation: Operation,
}

impl fmt::Debug for Plan {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Plan").field("operations", &self.copies.keys()).finish_non_exhaustive()
    }
}

impl Plan {
    /// Reads the configuration, looks for plugins, and loads them. What is wrong is in the plan.
    ///
    /// # Errors
    /// There is no place for the plugins' copies.
    pub fn read(sources: &Sources) -> io::Result<Self> {
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
            copies: BTreeMap::new(),
            directories,
            private: PrivateDirectory::new()?,
        };
        plan.load();
        Ok(plan)
    }

    /// What is wrong with the configuration, in the file's order: nothing runs.
    pub fn problems(&self) -> Vec<String> {
        let mut problems: Vec<&Problem> = self.problems.iter().collect();
        problems.sort_by_key(|problem| problem.position());
        problems.into_iter().map(Problem::to_string).collect()
    }

    /// What is wrong with plugins, a line each: the rest runs.
    pub fn rejections(&self) -> Vec<String> {
        self.rejected.iter().map(Rejection::to_string).chain(self.broken.iter().cloned()).collect()
    }

    /// The operations that the instances use.
    pub fn operations(&self) -> impl Iterator<Item = &Manifest> {
        self.copies.values().map(|(copy, _)| copy.manifest())
    }

    fn load(&mut self) {
        let directories = self.directories.clone();
        let wanted: Vec<&str> =
            self.configuration.instances.iter().map(|instance| instance.operation.as_str()).collect();
        let found = directory::scan(&directories);
        (self.rejected, self.passed_by) = (found.rejections, found.passed_by);
        let all = &self.configuration.instances;
        let is_loaded =
            |name: &str| all.iter().any(|instance| instance.operation == name && !instance.isolate);
        // Only what is going to run is loaded: a plugin's code runs when it is.
        let wanted = found.plugins.iter().filter(|found| wanted.contains(&found.name.as_str()));
        let mut copies = Vec::new();
        for manifest in wanted {
            match PrivateCopy::of(&manifest.file, &self.private) {
                Ok(copy) => copies.push(copy),
                Err(rejection) => self.rejected.push(rejection),
            }
        }
        for (tried, copy) in Trial::of(&copies).into_iter().zip(copies) {
            let name = copy.manifest().name.clone();
            match tried.and_then(|()| is_loaded(&name).then(|| copy.load()).transpose()) {
                Ok(library) => {
                    self.copies.insert(name, (copy, library));
                }
                Err(rejection) => self.rejected.push(rejection),
            }
        }
        self.found = found.plugins;
    }

    /// Builds every instance, so that each parameter has been looked at by its operation.
    pub(super) fn build(&mut self, ground: &Arc<HostGround>) -> Vec<Built> {
        let mut built = Vec::new();
        for settings in std::mem::take(&mut self.configuration.instances) {
            let Some((copy, library)) = self.copies.get(&settings.operation) else {
                self.miss(&settings);
                continue;
            };
            match construct(copy, library.as_ref(), &settings, Arc::clone(ground)) {
                Ok(operation) => {
                    built.push(Built { manifest: copy.manifest().clone(), settings, operation });
                }
                Err(error) if error.broken => {
                    let InstanceSettings { name, operation, .. } = &settings;
                    let advice = "mend the plugin, or leave the instance out";
                    self.broken
                        .push(format!("instance {name} ({operation}) does not run: {error}: {advice}"));
                }
                Err(error) => {
                    let problem = self.problem(&settings, &error);
                    self.problems.push(problem);
                }
            }
        }
        built
    }

    /// Where the plugins' copies lie, for as long as they run.
    pub fn into_private(self) -> PrivateDirectory {
        self.private
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
            None => self.broken.push(message),
        }
    }

    fn problem(&self, settings: &InstanceSettings, error: &ConstructError) -> Problem {
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
        match &self.configuration.source {
            Some(source) => {
                settings.parameters.problem(source, error.path.as_deref(), error.is_at_key(), message)
            }
            None => Problem::without_file(message),
        }
    }
}

fn construct(
    copy: &PrivateCopy,
    library: Option<&Library>,
    settings: &InstanceSettings,
    ground: Arc<HostGround>,
) -> Result<Operation, ConstructError> {
    let mut bytes = Vec::new();
    // TOML holds nothing that MessagePack does not.
    let _ = encode_value(&settings.parameters.value(), &mut bytes);
    match library.filter(|_| !settings.isolate) {
        Some(library) => library.construct(&settings.name, &bytes, ground, Handle::current()),
        None => copy.construct_isolated(&settings.name, &bytes, ground, Handle::current()),
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
