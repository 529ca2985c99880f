//! A stage: a host whose plugins and configuration change while it runs.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use chaos_kitty_tests::{Answer, Host, HostPlan, Json, Nest, Workspace, json};

/// A host without plugins beside it, whose directory of plugins has copies of these.
pub(crate) struct Stage {
    pub(crate) nest: Nest,
    pub(crate) plugins: PathBuf,
}

impl Stage {
    pub(crate) fn with(operations: &[&str]) -> Self {
        let nest = Nest::new();
        let plugins = nest.path().join("plugins");
        fs::create_dir(&plugins).unwrap();
        let stage = Self { nest, plugins };
        operations.iter().for_each(|operation| stage.put(operation, operation));
        stage
    }

    /// Where an operation's file lies.
    pub(crate) fn file(&self, operation: &str) -> PathBuf {
        self.plugins.join(format!("lib{operation}.so"))
    }

    /// Puts an operation's plugin in another's place, as who installs one does: beside it first.
    pub(crate) fn put(&self, operation: &str, place: &str) {
        let beside = self.plugins.join("new");
        fs::copy(Workspace::built().plugin(operation), &beside).unwrap();
        fs::rename(beside, self.file(place)).unwrap();
    }

    pub(crate) fn host(&self, instances: &str) -> HostPlan<'_> {
        let plan = self.nest.host().program(self.nest.lone_host());
        plan.configuration(configuration(instances)).arguments(["--plugins", self.plugins.to_str().unwrap()])
    }

    /// What `operations` shows, by name, without those that are leaving.
    pub(crate) fn listed(&self) -> BTreeMap<String, Json> {
        let rows = self.rows().into_iter().filter(|row| !is_leaving(row));
        rows.map(|row| (row["name"].as_str().unwrap().to_owned(), row)).collect()
    }

    /// Generation and state of each that is leaving.
    pub(crate) fn leaving(&self) -> Vec<(u64, String)> {
        let rows = self.rows().into_iter().filter(is_leaving);
        rows.map(|row| (row["generation"].as_u64().unwrap_or(0), row["state"].as_str().unwrap().to_owned()))
            .collect()
    }

    pub(crate) fn rows(&self) -> Vec<Json> {
        self.nest.operator().ask(&["operations"]).as_array().unwrap().clone()
    }

    /// Reads the configuration again, with these instances.
    #[track_caller]
    pub(crate) fn reload(&self, instances: &str) -> Answer {
        self.nest.file("chaos.toml", configuration(instances));
        self.nest.operator().run(&["reload"])
    }

    /// Generation and state of each that is listed.
    pub(crate) fn states(&self) -> Vec<(String, Json, String)> {
        let state = |row: &Json| row["state"].as_str().unwrap().to_owned();
        self.listed().into_iter().map(|(name, row)| (name, row["generation"].clone(), state(&row))).collect()
    }
}

fn is_leaving(row: &Json) -> bool {
    row["state"].as_str().unwrap().starts_with("leaving: ")
}

pub(crate) fn configuration(instances: &str) -> String {
    format!("version = 1\n{}", if instances.is_empty() { "instance = []\n" } else { instances })
}

pub(crate) fn instance(operation: &str, name: &str, parameters: &str) -> String {
    format!("[[instance]]\noperation = {operation:?}\nname = {name:?}\nparameters = {{ {parameters} }}\n")
}

/// A yowl that says this to a victim all the time.
pub(crate) fn yowl(name: &str, message: &str) -> String {
    instance("yowl", name, &format!("interval = \"20ms\", probability = 1, messages = [{message:?}]"))
}

pub(crate) fn running(name: &str, generation: u64) -> (String, Json, String) {
    (name.to_owned(), json!(generation), "running".to_owned())
}

/// Waits for a line of the log with these words, from a mark on.
#[track_caller]
pub(crate) fn says(host: &Host, mark: usize, words: &str) {
    host.log().wait_after(mark, words, |line| {
        line["message"].as_str().is_some_and(|message| message.contains(words))
    });
}
