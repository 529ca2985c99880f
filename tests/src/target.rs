//! A target: a process that knows nothing of us, and that a host may attach.

use std::os::unix::process::CommandExt;

use serde_json::Value as Json;

use crate::nest::Nest;
use crate::process::Process;

/// A shell with a script. Dropping it closes its input, which a script should take for its end, and kills it.
#[derive(Debug)]
pub struct Target(Process);

impl Target {
    #[track_caller]
    pub(crate) fn start(nest: &Nest, script: &str) -> Self {
        // In a group of its own: where one is stopped in ours, and no shell watches over that, the kernel would hang up on all of us.
        let mut command = nest.command("sh");
        Self(Process::start("the target", command.args(["-c", script]).process_group(0)))
    }

    /// Its pid.
    pub fn pid(&self) -> i32 {
        self.0.pid()
    }

    /// The process.
    pub fn process(&mut self) -> &mut Process {
        &mut self.0
    }

    /// The number that it says under this name, in a line such as `{"child": 7}`.
    #[track_caller]
    pub fn said(&self, name: &str) -> i32 {
        let line = self.0.said().wait(name, |line| line[name].is_number());
        i32::try_from(line[name].as_i64().unwrap()).unwrap()
    }

    /// Waits until it says this word.
    #[track_caller]
    pub fn says(&self, word: &str) {
        self.0.said().wait(word, |line: &Json| line == word);
    }

    /// Has it echo a word: nothing holds it.
    #[track_caller]
    pub fn echoes(&mut self, word: &str) {
        self.0.tell(word);
        self.says(word);
    }

    /// Closes its input, which ends a script that reads, and answers its exit code.
    #[track_caller]
    pub fn end(&mut self) -> i32 {
        self.0.close_input();
        self.0.exit_code()
    }
}
