//! Who asks for an effect.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Who asked the gate. None of those that ask for chaos is treated differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// An instance of an operation.
    Instance {
        /// The instance's name.
        name: String,
        /// Its operation's.
        operation: String,
        /// Which generation of it: what one has under way is not the other's to end. Nobody outside has to tell them apart.
        #[serde(skip)]
        generation: Option<u32>,
    },
    /// A person or a client, over the socket.
    Operator {
        /// The peer's user.
        uid: u32,
        /// The peer's pid.
        pid: i32,
    },
    /// A probe, which asks how a victim is: no chaos.
    Probe {
        /// The probe's name.
        name: String,
    },
    /// A run that is struck again, strike by strike.
    Replay {
        /// The run that it is from.
        run: String,
        /// Its number there.
        strike: u64,
        /// The pid of who replays: what one replay has under way is not another's to end.
        #[serde(skip)]
        by: i32,
    },
}

impl Origin {
    /// Whether it asks how a victim is. Pause, dry run and a victim's rest are rules for chaos, and do not concern it.
    pub fn is_probe(&self) -> bool {
        matches!(self, Self::Probe { .. })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Instance { name, .. } => write!(out, "{name}"),
            Self::Probe { name } => write!(out, "the probe {name}"),
            Self::Operator { uid, pid } => write!(out, "operator (uid {uid}, pid {pid})"),
            Self::Replay { run, strike, .. } => write!(out, "replay of {run} #{strike}"),
        }
    }
}
