//! Where an experiment is run: a nest, a site, and the command as CI calls it.

use std::path::PathBuf;

use chaos_kitty_tests::{Json, Nest, Process, Signal, Site};

/// What is always there. The site is asked often, so that no test waits for long.
pub(super) struct Stage {
    pub(super) nest: Nest,
    pub(super) site: Site,
}

/// An experiment that is under way.
pub(super) struct Running<'a> {
    stage: &'a Stage,
    process: Process,
}

/// What it came to.
pub(super) struct Done {
    pub(super) code: i32,
    /// What it printed.
    pub(super) report: Json,
    /// What it said on the way.
    pub(super) said: String,
    pub(super) xml: String,
    pub(super) page: String,
}

impl Stage {
    pub(super) fn new() -> Self {
        Self { nest: Nest::new(), site: Site::new() }
    }

    /// Probes of the site, with these keys, and these tables.
    pub(super) fn file(&self, keys: &str, probe: &str, tables: &str) -> PathBuf {
        let url = self.site.url();
        // A busy machine is none of what is tested.
        let patience = if probe.contains("timeout") { "" } else { "timeout = \"10s\"" };
        let text = format!(
            "version = 1\ntitle = \"The site\"\nhypothesis = \"It answers\"\n{keys}\n\
             [[probe]]\nname = \"site\"\nhttp = \"{url}\"\ninterval = \"50ms\"\n{patience}\n{probe}\n\
             {tables}\n"
        );
        self.nest.file("site.toml", text)
    }

    /// Starts it as CI does.
    #[track_caller]
    pub(super) fn begin(&self, file: &std::path::Path, arguments: &[&str]) -> Running<'_> {
        let all = [&["--json", "experiment", "run", file.to_str().unwrap()], arguments].concat();
        Running { stage: self, process: self.nest.operator().start(&all) }
    }

    /// Runs it to its end.
    #[track_caller]
    pub(super) fn run(&self, file: &std::path::Path, arguments: &[&str]) -> Done {
        self.begin(file, arguments).done()
    }
}

impl Running<'_> {
    /// Waits until a phase has begun.
    #[track_caller]
    pub(super) fn enters(&self, phase: &str) {
        let begins = |line: &Json| line.as_str().is_some_and(|line| line.starts_with(&format!("{phase}: ")));
        self.process.complained().wait(phase, begins);
    }

    pub(super) fn signal(&self, signal: Signal) {
        self.process.signal(signal);
    }

    pub(super) fn kill(mut self) {
        self.process.kill();
    }

    /// Waits for its end, and reads all that it leaves: the report, and nothing else.
    #[track_caller]
    pub(super) fn done(mut self) -> Done {
        let code = self.process.exit_code();
        self.process.said().to_its_end();
        self.process.complained().to_its_end();
        let (said, printed) = (self.process.complained().shown(), self.process.said().shown());
        let nest = &self.stage.nest;
        assert!(!nest.socket().exists(), "its socket stays: {said}");
        assert!(!nest.socket().with_added_extension("lock").exists(), "its lock stays");
        assert_eq!(std::fs::read_dir(nest.tmp()).unwrap().count(), 0, "it leaves files");
        let report = nest.path().join("site-report");
        let read = |name: &str| {
            std::fs::read_to_string(report.join(name))
                .unwrap_or_else(|error| panic!("{name}: {error}: {said}"))
        };
        let json = read("report.json");
        let written: Json = serde_json::from_str(&json).unwrap();
        let printed: Json =
            serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{error}: {printed}"));
        assert_eq!(printed, written, "what is printed is what is written");
        assert_eq!(std::fs::read_dir(&report).unwrap().count(), 3, "three files");
        let (xml, page) = (read("junit.xml"), read("report.html"));
        Done { code, report: written, said, xml, page }
    }
}

impl Done {
    /// Holds it to a verdict and its exit code, and answers why.
    #[track_caller]
    pub(super) fn came_to(&self, verdict: &str) -> &str {
        assert_eq!(self.report["verdict"], verdict, "{}\n{}", self.report["why"], self.said);
        assert_eq!(self.code, i32::from(verdict != "held"), "{verdict}");
        self.report["why"].as_str().unwrap()
    }

    /// The names of the phases that there were.
    pub(super) fn phases(&self) -> Vec<&str> {
        self.report["phases"].as_array().unwrap().iter().map(|span| span["phase"].as_str().unwrap()).collect()
    }

    pub(super) fn strikes(&self) -> &[Json] {
        self.report["strikes"].as_array().unwrap()
    }
}
