//! From what the operator asks for to a host that can serve.

use crate::attach::Attaching;
use crate::complaints::Complaints;
use crate::connections::Connections;
use crate::daemon::Daemon;
use crate::descriptors::Descriptors;
use crate::gate::Gate;
use crate::host::Host;
use crate::identity::{Processes, Rules};
use crate::instances::{Instances, Plan, Prepared, Sources};
use crate::journal::{Beginning, ConfigurationMark, Journal, Mark};
use crate::memory::{self, Memory};
use crate::plugin::{Manifest, PrivateDirectory};
use crate::roster::Roster;
use crate::run::Run;
use crate::socket::{self, Socket};
use chaos_kitty_bus::to_value;
use std::path::PathBuf;
use std::sync::Arc;

/// What the operator asks for; the configuration fills what is left open.
#[derive(Debug, Clone, Default)]
pub struct Assembly {
    /// Configuration and plugins.
    pub sources: Sources,
    /// The socket.
    pub socket: Option<PathBuf>,
    /// The journal's file.
    pub journal: Option<PathBuf>,
    /// The seed of every draw.
    pub seed: Option<u64>,
    /// Whether to start paused.
    pub paused: bool,
    /// Whether to decide, and leave out the last step.
    pub dry_run: bool,
    /// Whether a plugin that cannot be loaded stops the start.
    pub strict: bool,
}

/// A host that is ready to serve.
#[derive(Debug)]
pub struct Assembled {
    assembly: Assembly,
    plan: Plan,
    prepared: Prepared,
    run: Arc<Run>,
    roster: Arc<Roster>,
    gate: Arc<Gate>,
    private: Arc<PrivateDirectory>,
}

/// What was found on the way to a host.
#[derive(Debug)]
pub struct Findings {
    /// Everything that is wrong with the configuration, and then with plugins.
    pub problems: Vec<String>,
    /// The operations that the instances use: name, version, file.
    pub operations: Vec<(String, String, PathBuf)>,
    /// The instances that would run.
    pub instances: Vec<String>,
}

impl Assembly {
    /// Goes as far as a host does, and starts nothing.
    pub fn check(&self) -> Findings {
        let private = match place() {
            Ok(private) => private,
            Err(problem) => {
                return Findings { problems: vec![problem], operations: vec![], instances: vec![] };
            }
        };
        let mut plan = Plan::read(&self.sources, private);
        let (run, roster, gate) = self.ground(&plan);
        let prepared = Instances::build(&mut plan, &run, &roster, &gate);
        let found = |found: &Manifest| (found.name.clone(), found.version.clone(), found.file.clone());
        Findings {
            operations: plan.operations().into_iter().map(found).collect(),
            instances: prepared.names().into_iter().map(str::to_owned).collect(),
            problems: [plan.problems(), plan.rejections()].concat(),
        }
    }

    /// Loads and builds all that is going to run. That blocks for as long as the slowest operation thinks, and whoever does not
    /// want to wait for it closes the private directory, and leaves.
    ///
    /// # Errors
    /// What is wrong with the configuration, or with plugins where they must all load.
    pub fn prepare(self, private: Arc<PrivateDirectory>) -> Result<Assembled, Vec<String>> {
        memory::keep_nothing_large();
        let mut plan = Plan::read(&self.sources, Arc::clone(&private));
        let (run, roster, gate) = self.ground(&plan);
        let prepared = Instances::build(&mut plan, &run, &roster, &gate);
        let problems = plan.problems();
        if !problems.is_empty() {
            return Err(problems);
        }
        let rejections = plan.rejections();
        if (self.strict || plan.configuration.host.strict) && !rejections.is_empty() {
            return Err(rejections);
        }
        Ok(Assembled { assembly: self, plan, prepared, run, roster, gate, private })
    }

    fn ground(&self, plan: &Plan) -> (Arc<Run>, Arc<Roster>, Arc<Gate>) {
        let settings = &plan.configuration.host;
        let run = Arc::new(Run::start(self.seed.or(settings.seed)));
        let roster = Arc::new(Roster::default());
        let (paused, dry_run) = (self.paused || settings.paused, self.dry_run || settings.dry_run);
        let gate = Gate::new(run.clone(), roster.clone(), paused, dry_run);
        gate.limit(&plan.configuration.limits);
        (run, roster, gate)
    }
}

impl Assembled {
    /// A daemon that serves, and the lines to show of plugins that do not run.
    ///
    /// # Errors
    /// What is wrong with the socket, or with the journal.
    pub fn start(self) -> Result<(Daemon, Vec<String>), Vec<String>> {
        let Self { assembly, plan, prepared, run, roster, gate, private } = self;
        let (settings, rejections) = (plan.configuration.host.clone(), plan.rejections());
        // Like every path in it, the configuration's is meant from where its file is.
        let configured = settings.socket.map(|path| plan.configuration.beside(&path));
        let path = assembly.socket.or(configured).unwrap_or_else(|| socket::DEFAULT.into());
        let socket = Socket::bind(&path).map_err(|error| vec![error.to_string()])?;
        let journal = plan.configuration.journal.clone();
        let configured = journal.file.as_ref().map(|file| plan.configuration.beside(file));
        let file = assembly.journal.or(configured).unwrap_or_else(|| Journal::beside(&path));
        // Before anybody can strike: what the run is made of is its first record.
        let beginning = beginning(&run, &gate, &plan, &prepared);
        gate.journal().open(&file, journal, &run, beginning).map_err(|why| vec![why])?;
        let descriptors = Descriptors::raised();
        let connections = Arc::new(Connections::within(descriptors, run.clock.clone()));
        let host = Host {
            run,
            roster,
            gate,
            instances: prepared.start(plan, assembly.sources),
            processes: Processes::default(),
            rules: Rules { other_users: settings.other_users, strict_identity: settings.strict_identity },
            socket: path,
            complaints: Complaints::default(),
            memory: Memory::default(),
            connections,
            attaching: Attaching::default(),
            attendants: Arc::default(),
        };
        // What was needed for loading is not needed again.
        memory::give_back();
        Ok((Daemon::new(Arc::new(host), descriptors, socket, private), rejections))
    }
}

fn beginning(run: &Run, gate: &Gate, plan: &Plan, prepared: &Prepared) -> Beginning {
    Beginning {
        mark: Mark::now(run),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        seed: run.chance.seed(),
        pid: std::process::id(),
        uid: nix::unistd::geteuid().as_raw(),
        paused: gate.is_paused(),
        dry_run: gate.is_dry_run(),
        configuration: ConfigurationMark::of(&plan.configuration),
        instances: prepared.marks(),
        limits: to_value(&plan.configuration.limits).unwrap_or_default(),
    }
}

/// Where the plugins' copies are going to lie.
///
/// # Errors
/// There is no such place.
pub fn place() -> Result<Arc<PrivateDirectory>, String> {
    PrivateDirectory::new().map(Arc::new).map_err(|error| {
        format!(
            "no private directory could be made for the plugins: {error}: set TMPDIR to one that is yours"
        )
    })
}
