//! A wrapped victim: a shell script under `chaos-kitty-worker`.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;

use serde_json::Value as Json;

use crate::log::Log;
use crate::nest::Nest;
use crate::process::Process;
use crate::workspace::Workspace;

/// A job that is going to be started.
#[derive(Debug)]
#[must_use = "nothing happens before start()"]
pub struct JobPlan<'a> {
    nest: &'a Nest,
    wrapper: PathBuf,
    arguments: Vec<String>,
    has_a_group: bool,
    user: Option<u32>,
}

impl<'a> JobPlan<'a> {
    pub(crate) fn new(nest: &'a Nest, name: &str) -> Self {
        let wrapper = Workspace::built().worker().to_owned();
        let arguments = vec!["--name".to_owned(), name.to_owned()];
        Self { nest, wrapper, arguments, has_a_group: false, user: None }
    }

    /// With a label, as key=value.
    pub fn label(mut self, label: &str) -> Self {
        self.arguments.extend(["--label".to_owned(), label.to_owned()]);
        self
    }

    /// With a reaction, as method=signal.
    pub fn on(mut self, reaction: &str) -> Self {
        self.arguments.extend(["--on".to_owned(), reaction.to_owned()]);
        self
    }

    /// With the library in its program.
    pub fn inside(mut self) -> Self {
        self.arguments.push("--inside".to_owned());
        self
    }

    /// In a process group of its own, as an interactive shell starts it.
    pub fn in_a_group(mut self) -> Self {
        self.has_a_group = true;
        self
    }

    /// As another user, which only root can do, from a file that this one may run.
    pub fn user(mut self, user: u32, wrapper: PathBuf) -> Self {
        (self.user, self.wrapper) = (Some(user), wrapper);
        self
    }

    /// Starts this script, whose first line says its pid.
    #[track_caller]
    pub fn start(self, script: &str) -> Job {
        let script = format!("echo '{{\"program\": '$$'}}'; {script}");
        let mut command = self.nest.command(self.wrapper);
        command
            .arg("--socket")
            .arg(self.nest.socket())
            .args(self.arguments)
            .args(["--", "sh", "-c", &script]);
        if self.has_a_group {
            command.process_group(0);
        }
        if let Some(user) = self.user {
            command.uid(user).gid(user);
        }
        let mut job = Job { wrapper: Process::start("the wrapper", &mut command), pid: 0 };
        job.pid = job.said("program");
        job
    }
}

/// A running job. Dropping it closes its input, which a script should take for its end, and kills the wrapper.
#[derive(Debug)]
pub struct Job {
    wrapper: Process,
    pid: i32,
}

impl Job {
    /// The program's pid.
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// The guard's pid: the program's parent.
    #[track_caller]
    pub fn guard(&self) -> i32 {
        crate::vitals::parent(self.pid).expect("the program has ended")
    }

    /// The number that it says under this name, in a line such as `{"daemon": 7}`.
    #[track_caller]
    pub fn said(&self, name: &str) -> i32 {
        let line = self.log().wait(name, |line| line[name].is_number());
        i32::try_from(line[name].as_i64().unwrap()).unwrap()
    }

    /// What it says.
    pub fn log(&self) -> &Log {
        self.wrapper.said()
    }

    /// Waits until it says this word.
    #[track_caller]
    pub fn says(&self, word: &str) {
        self.log().wait(word, |line: &Json| line == word);
    }

    /// The wrapper.
    pub fn wrapper(&mut self) -> &mut Process {
        &mut self.wrapper
    }

    /// Closes its input, which ends a script that reads, and answers the wrapper's exit code.
    #[track_caller]
    pub fn end(&mut self) -> i32 {
        self.wrapper.close_input();
        self.wrapper.exit_code()
    }
}
