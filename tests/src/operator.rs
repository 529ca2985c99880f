//! An operator: `chaos-kitty`, as a person or a script calls it.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value as Json;

use crate::clock::{Deadline, PATIENCE};
use crate::nest::Nest;
use crate::process::Process;
use crate::workspace::Workspace;

/// Whoever steers the host of a nest.
#[derive(Debug)]
pub struct Operator {
    socket: PathBuf,
    tmp: PathBuf,
    place: PathBuf,
}

/// What a command answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Its exit code.
    pub code: i32,
    /// Its standard output.
    pub text: String,
    /// Its standard error.
    pub error: String,
}

impl Answer {
    /// Its standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> Json {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("no JSON ({error}): {self:?}"))
    }
}

impl Operator {
    pub(crate) fn new(nest: &Nest) -> Self {
        Self { socket: nest.socket(), tmp: nest.tmp(), place: nest.path().to_owned() }
    }

    /// Runs a command to its end.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> Answer {
        let mut process = self.start(arguments);
        drop(process.take_input());
        let code = process.exit_code();
        process.said().to_its_end();
        process.complained().to_its_end();
        // Lines that are JSON of their own would be read as such, so what was said is put together again.
        Answer { code, text: process.said().shown(), error: process.complained().shown() }
    }

    /// Runs a command with `--json` that must succeed, and answers what it printed.
    #[track_caller]
    pub fn ask(&self, arguments: &[&str]) -> Json {
        let answer = self.run(&[&["--json"], arguments].concat());
        assert_eq!(answer.code, 0, "{arguments:?}: {answer:?}");
        answer.json()
    }

    /// Starts a command and lets it run.
    #[track_caller]
    pub fn start(&self, arguments: &[&str]) -> Process {
        Process::start(&format!("chaos-kitty {arguments:?}"), self.command().args(arguments))
    }

    /// The command, to be changed before it runs.
    pub fn command(&self) -> Command {
        let mut command = Command::new(Workspace::built().host());
        command.env_clear().env("TMPDIR", &self.tmp).env("CHAOS_KITTY_SOCKET", &self.socket);
        command.current_dir(&self.place);
        command
    }

    /// Asks until no effect is under way.
    #[track_caller]
    pub fn until_nothing_is_active(&self) {
        self.until("no effect is under way", || self.ask(&["status"])["host"]["active"] == 0);
    }

    /// Asks again and again until it is so: for what no log tells.
    #[track_caller]
    pub fn until(&self, what: &str, so: impl Fn() -> bool) {
        let deadline = Deadline::after(PATIENCE);
        while !so() {
            assert!(deadline.left().is_some(), "in vain it was waited until {what}");
        }
    }

    /// The status of one operation, by its name.
    #[track_caller]
    pub fn operation(&self, name: &str) -> Json {
        let status = self.ask(&["status"]);
        let all = status["operations"].as_array().unwrap();
        let found = all.iter().find_map(|operation| operation.get(name));
        found.unwrap_or_else(|| panic!("no operation {name} in {status}")).clone()
    }
}
