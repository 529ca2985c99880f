//! What changes a run while it runs: an operator, or the configuration and plugins that it follows.

use super::beginning::ConfigurationMark;
use super::record::Mark;
use crate::instances::{Change, Changed, Objection};
use crate::run::Run;
use chaos_kitty_bus::{Value, to_value};
use serde::{Deserialize, Serialize};

/// Something was asked for that changes what runs, and this came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Steering {
    /// When it was done, and in which run.
    #[serde(flatten)]
    pub mark: Mark,
    /// Who asked.
    pub by: Hand,
    /// What for: `pause`, `resume`, `load`, `unload`, `reload`, `reconfigure`, `attach`, `detach`, `undo`; or `register`, where a process that is attached was
    /// refused it.
    pub what: String,
    /// Of what: a name or a file; none where it is about everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub argument: Option<String>,
    /// The instances that began, were replaced or ended by it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub instances: Vec<Changed>,
    /// The configuration that holds from then on; none where it was not read again, or has no file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configuration: Option<ConfigurationMark>,
    /// The limits that hold from then on; none where the configuration was not read again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Value>,
    /// Why nothing has changed, a line each; empty where it was done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objections: Vec<String>,
}

impl Steering {
    /// What was asked for, and has just been done.
    pub(crate) fn done(run: &Run, by: Hand, what: &str, argument: &str) -> Self {
        let argument = Some(argument.to_owned()).filter(|argument| !argument.is_empty());
        let (instances, configuration, limits, objections) = Default::default();
        let (mark, what) = (Mark::now(run), what.to_owned());
        Self { mark, by, what, argument, instances, configuration, limits, objections }
    }

    /// With why it was not done, if it was not.
    pub(crate) fn against(mut self, objection: Option<String>) -> Self {
        self.objections.extend(objection);
        self
    }

    /// With what came of it.
    pub(crate) fn with(mut self, change: &Result<Change, Objection>) -> Self {
        match change {
            Ok(change) => {
                self.instances.clone_from(&change.instances);
                self.configuration.clone_from(&change.configuration);
                self.limits = change.limits.as_ref().map(|limits| to_value(limits).unwrap_or_default());
            }
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
