//! A host, and a real program under it.

use std::ops::Deref;
use std::path::Path;

use chaos_kitty_tests::{Host, Job, JobPlan, Nest, Operator, PATIENCE, comes_true};

use crate::strike::Strike;

/// A nest with a host in it that strikes when it is told to. Whoever works there ends with it, also by a panic.
pub(crate) struct Scene {
    host: Option<Host>,
    operator: Operator,
    nest: Nest,
}

impl Deref for Scene {
    type Target = Nest;

    fn deref(&self) -> &Nest {
        &self.nest
    }
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self::with("")
    }

    /// With this at the end of its configuration.
    pub(crate) fn with(configuration: &str) -> Self {
        Self::configured(&format!("version = 1\ninstance = []\n{configuration}"))
    }

    /// With this for its configuration.
    pub(crate) fn configured(configuration: &str) -> Self {
        let nest = Nest::new();
        let host = nest.host().configuration(configuration).start();
        Self { host: Some(host), operator: nest.operator(), nest }
    }

    pub(crate) fn host(&self) -> &Host {
        self.host.as_ref().expect("the host was killed")
    }

    pub(crate) fn operator(&self) -> &Operator {
        &self.operator
    }

    /// A program with the library in it, from a line of a shell's that becomes it.
    #[track_caller]
    pub(crate) fn inside(&self, name: &str, line: &str) -> Job {
        self.inside_as(name, self.nest.job(name), line)
    }

    /// The same of a job that is planned already, such as another user's.
    #[track_caller]
    pub(crate) fn inside_as(&self, name: &str, plan: JobPlan<'_>, line: &str) -> Job {
        self.registered(name, plan.inside().start(line))
    }

    /// The same, that waits until it is [let go](Self::let_go): for a program that is over before anybody could strike it.
    #[track_caller]
    pub(crate) fn waiting(&self, name: &str, line: &str) -> Job {
        self.file("gate", "");
        self.inside(name, &format!("while true < gate; do sleep 0.02; done 2> /dev/null; {line}"))
    }

    /// Lets it go, by a strike of its own, behind all that it was struck with before: each is in force.
    #[track_caller]
    pub(crate) fn let_go(&self, name: &str) {
        let options = ["calls=open", "path=*/gate", "errno=ENOENT", "times=1", "duration=20"];
        self.strike(name, "disturb", &options).effective();
    }

    /// A program that is struck from outside.
    #[track_caller]
    pub(crate) fn beside(&self, name: &str, line: &str) -> Job {
        self.registered(name, self.nest.job(name).start(line))
    }

    #[track_caller]
    fn registered(&self, name: &str, job: Job) -> Job {
        self.host().wait(&format!("{name} to register"), |line| {
            line["message"].as_str().is_some_and(|text| text.starts_with("a victim registered"))
                && line["victim"] == name
                && line["pid"] == job.pid()
        });
        job
    }

    /// Strikes, and comes back when it has been decided.
    #[track_caller]
    pub(crate) fn strike(&self, victim: &str, method: &str, options: &[&str]) -> Strike {
        let mark = self.host().log().mark();
        let call = self.operator.start(&[&["--json", "call", victim, method], options].concat());
        self.host().record_after(mark, &format!("the decision on {method}"), |record| {
            record["record"] == "decision" && record["effect"]["method"] == method
        });
        Strike::new(call)
    }

    /// Kills the host.
    pub(crate) fn kill_host(&mut self) {
        self.host.take().expect("it was killed before").kill();
    }

    /// Stops the host, and sees that nobody is left.
    #[track_caller]
    pub(crate) fn end(mut self) {
        let gone = comes_true(PATIENCE, || {
            let host = self.host.as_ref().map(Host::pid);
            self.inhabitants().iter().all(|pid| Some(*pid) == host)
        });
        assert!(gone, "somebody is left: {:?}", self.inhabitants());
        if let Some(host) = self.host.take() {
            host.stop();
        }
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        self.nest.clear();
    }
}

/// A path as a shell takes it.
pub(crate) fn quoted(path: &Path) -> String {
    format!("'{}'", path.display())
}
