//! What changes a run while it runs: an operator, or the configuration and plugins that it follows.

use super::record::Mark;
use crate::instances::{Change, Changed, Objection};
use crate::run::Run;
use serde::{Deserialize, Serialize};

/// Something was asked for that changes what runs, and this came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Steering {
    /// When it was done, and in which run.
    #[serde(flatten)]
    pub mark: Mark,
    /// Who asked.
    pub by: Hand,
    /// What for: `pause`, `resume`, `load`, `unload`, `reload` or `reconfigure`.
    pub what: String,
    /// Of what: a name or a file; none where it is about everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub argument: Option<String>,
    /// The instances that began, were replaced or ended by it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub instances: Vec<Changed>,
    /// Why nothing has changed, a line each; empty where it was done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objections: Vec<String>,
}

impl Steering {
    /// What was asked for, and has just been done.
    pub(crate) fn done(run: &Run, by: Hand, what: &str, argument: &str) -> Self {
        let argument = Some(argument.to_owned()).filter(|argument| !argument.is_empty());
        let (instances, objections) = Default::default();
        Self { mark: Mark::now(run), by, what: what.to_owned(), argument, instances, objections }
    }

    /// With what came of it.
    pub(crate) fn with(mut self, change: &Result<Change, Objection>) -> Self {
        match change {
            Ok(change) => self.instances.clone_from(&change.instances),
            Err(objection) => self.objections.clone_from(&objection.lines),
        }
        self
    }
}

/// Who steers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hand {
    /// A person or a client, over the socket.
    Operator {
        /// The peer's user.
        uid: u32,
        /// The peer's pid.
        pid: i32,
    },
    /// The host itself: a signal asked for it, or a file has changed that it follows.
    Host,
}
