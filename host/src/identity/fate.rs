//! What becomes of a signal.

use super::proc::{Facts, bit};
use nix::sys::signal::Signal;
use serde::Serialize;

/// What became of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// The process has exited.
    Exited,
    /// The process has a handler for it, and goes on.
    Caught,
    /// The process ignores it, its default is to do nothing, or it is the init of a pid namespace without a handler.
    Ignored,
    /// It is pending: the process blocks it, or is stopped.
    Blocked,
    /// The kernel took it, and the process goes on.
    Accepted,
    /// There was nobody left to take it.
    Gone,
}

impl Fate {
    /// What will become of a signal, as far as its masks tell.
    pub(super) fn foreseen(facts: &Facts, signal: Signal) -> Self {
        let bit = bit(signal);
        // The kernel shields the init of a pid namespace from what it has no handler for; KILL from outside excepted.
        let is_init = facts.namespace_pids.len() > 1 && facts.own_pid() == Some(1);
        let default_ignores = matches!(signal, Signal::SIGCHLD | Signal::SIGURG | Signal::SIGWINCH);
        match () {
            () if signal == Signal::SIGKILL => Self::Accepted,
            () if facts.blocked & bit != 0 => Self::Blocked,
            () if facts.caught & bit != 0 => Self::Caught,
            () if facts.ignored & bit != 0 || is_init || default_ignores => Self::Ignored,
            () => Self::Accepted,
        }
    }
}
