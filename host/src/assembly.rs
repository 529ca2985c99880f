//! From what the operator asks for to a host that can serve.

use crate::complaints::Complaints;
use crate::daemon::Daemon;
use crate::gate::Gate;
use crate::host::Host;
use crate::identity::{Processes, Rules};
use crate::instances::{Instances, Plan, Sources};
use crate::memory::{self, Memory};
use crate::plugin::Manifest;
use crate::roster::Roster;
use crate::run::Run;
use crate::socket::{self, Socket};
use std::path::PathBuf;
use std::sync::Arc;

/// What the operator asks for; the configuration fills what is left open.
#[derive(Debug, Clone, Default)]
pub struct Assembly {
    /// Configuration and plugins.
    pub sources: Sources,
    /// The socket.
    pub socket: Option<PathBuf>,
    /// The seed of every draw.
    pub seed: Option<u64>,
    /// Whether to start paused.
    pub paused: bool,
    /// Whether to decide, and leave out the last step.
    pub dry_run: bool,
    /// Whether a plugin that cannot be loaded stops the start.
    pub strict: bool,
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
        let mut plan = match Plan::read(&self.sources) {
            Ok(plan) => plan,
            Err(error) => {
                return Findings { problems: vec![no_place(&error)], operations: vec![], instances: vec![] };
            }
        };
        let (run, roster, gate) = self.ground(&plan);
        let prepared = Instances::build(&mut plan, &run, &roster, &gate);
        let found = |found: &Manifest| (found.name.clone(), found.version.clone(), found.file.clone());
        Findings {
            operations: plan.operations().map(found).collect(),
            instances: prepared.names().into_iter().map(str::to_owned).collect(),
            problems: [plan.problems(), plan.rejections()].concat(),
        }
    }

    /// A daemon that serves, and the lines to show of plugins that do not run.
    ///
    /// # Errors
    /// What is wrong with the configuration, with plugins where they must all load, or with the socket.
    pub fn start(&self) -> Result<(Daemon, Vec<String>), Vec<String>> {
        let mut plan = Plan::read(&self.sources).map_err(|error| vec![no_place(&error)])?;
        let (run, roster, gate) = self.ground(&plan);
        let prepared = Instances::build(&mut plan, &run, &roster, &gate);
        let problems = plan.problems();
        if !problems.is_empty() {
            return Err(problems);
        }
        let (settings, private) = (plan.configuration.host.clone(), plan.private());
        let rejections = plan.rejections();
        if (self.strict || settings.strict) && !rejections.is_empty() {
            return Err(rejections);
        }
        // Like every path in it, the configuration's is meant from where its file is.
        let configured = settings.socket.map(|path| plan.configuration.beside(&path));
        let path = self.socket.clone().or(configured).unwrap_or_else(|| socket::DEFAULT.into());
        let socket = Socket::bind(&path).map_err(|error| vec![error.to_string()])?;
        let host = Host {
            run,
            roster,
            gate,
            instances: prepared.start(plan, self.sources.clone()),
            processes: Processes::default(),
            rules: Rules { other_users: settings.other_users, strict_identity: settings.strict_identity },
            socket: path,
            complaints: Complaints::default(),
            memory: Memory::default(),
        };
        // What was needed for loading is not needed again.
        memory::give_back();
        Ok((Daemon::new(Arc::new(host), socket, private), rejections))
    }

    fn ground(&self, plan: &Plan) -> (Arc<Run>, Arc<Roster>, Arc<Gate>) {
        let settings = &plan.configuration.host;
        let run = Arc::new(Run::start(self.seed.or(settings.seed)));
        let roster = Arc::new(Roster::default());
        let (paused, dry_run) = (self.paused || settings.paused, self.dry_run || settings.dry_run);
        let gate = Gate::new(run.clone(), roster.clone(), paused, dry_run);
        (run, roster, gate)
    }
}

fn no_place(error: &std::io::Error) -> String {
    format!("no private directory could be made for the plugins: {error}: set TMPDIR to one that is yours")
}
