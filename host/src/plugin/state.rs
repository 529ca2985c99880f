//! How an instance is.

use std::fmt;

/// Seen in `operations` and in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// All is well.
    Running,
    /// It has not come back from a call or a poll in time. It may still, and harms no other meanwhile.
    Stuck {
        /// In what, and since when.
        why: String,
    },
    /// Its process ended, and there is to be another.
    Restarting {
        /// When, and how the last one ended.
        why: String,
    },
    /// It is over, and is not called any more.
    Retired {
        /// It panicked, ended, or was stopped.
        why: String,
    },
}

impl State {
    /// It is over.
    pub fn is_retired(&self) -> bool {
        matches!(self, Self::Retired { .. })
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Running => f.write_str("running"),
            Self::Stuck { why } => write!(f, "stuck: {why}"),
            Self::Restarting { why } => write!(f, "restarting {why}"),
            Self::Retired { why } => write!(f, "retired: {why}"),
        }
    }
}
