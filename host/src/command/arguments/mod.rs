//! What the operator writes on the command line.

mod attach;
mod experiment;
mod journal;
mod loading;
mod replay;
mod undo;

pub(super) use attach::Attach;
pub(super) use experiment::{Experiment, ExperimentFile, RunExperiment};
pub(super) use journal::{Decisions, History, Journal, JournalFile, Verify};
pub(super) use loading::{Loading, Places, directories};
pub(super) use replay::{Replay, Shrink};
pub(super) use undo::Undo;

use clap::{Args, Parser, Subcommand};
use std::ffi::OsString;
use std::path::PathBuf;

/// Breaks the processes you chose, on purpose, within limits, and puts them back.
#[derive(Debug, Parser)]
#[command(name = "chaos-kitty", version, propagate_version = true)]
pub(super) struct Arguments {
    /// The host's socket; chaos_kitty.ipc in the working directory where nothing is said.
    #[arg(long, global = true, env = "CHAOS_KITTY_SOCKET", value_name = "PATH")]
    pub(super) socket: Option<OsString>,
    /// Answers in JSON, for programs.
    #[arg(long, global = true)]
    pub(super) json: bool,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Starts a host: loads operations, takes victims, strikes.
    Serve(Serve),
    /// Shows the host and what its operations say of themselves.
    Status,
    /// Lists the victims.
    Victims,
    /// Makes a process that is running already a victim, reached from outside: freeze, delay, signals, CPU time, memory.
    Attach(Attach),
    /// Lets an attached process go, once everything that was done to it is undone.
    Detach {
        /// The victim, by id or by name.
        victim: String,
    },
    /// Lists the operations that run, and loads, unloads, reloads or describes one.
    Operations {
        #[command(subcommand)]
        command: Option<Operations>,
    },
    /// Has the host read its configuration again: all of it takes effect, or nothing.
    Reload,
    /// Strikes one victim, and prints what was asked, what was observed, and a verdict.
    Call(Call),
    /// Lists what is under way: each effect, its victim, and for how long still.
    Effects,
    /// Ends effects that are under way before their time, also in a pause, and puts back what they did.
    Undo(Undo),
    /// Stops everyone's effects, `call` too, until `resume`; those under way end on their leases, or by `undo`.
    Pause,
    /// Lets effects happen again.
    Resume,
    /// Prints every decision and every outcome as they come, until it is interrupted.
    Watch,
    /// Shows the strikes that a journal has, filtered and summed up. No host need be there.
    History(History),
    /// Looks after a journal's files. No host need be there.
    Journal {
        #[command(subcommand)]
        command: Journal,
    },
    /// Strikes the same victims as a run did, by name, with the same effects at the same offsets.
    Replay(Replay),
    /// Finds the smallest set of a run's strikes that still makes a probe fail, and prints it as a file that `replay` takes.
    Shrink(Shrink),
    /// Reads configuration and plugins, says everything that is wrong with both, and starts nothing.
    Check(Loading),
    /// Writes a crate for an operation of your own, with everything that it is built with.
    New {
        /// A directory that is not there yet; the last part of its path is the operation's name.
        path: PathBuf,
    },
    /// Runs an experiment: probes must hold before chaos, under it, and after it.
    Experiment {
        #[command(subcommand)]
        command: Experiment,
    },
    /// Shows chaos at work for 15 seconds on three processes of its own, and puts everything back.
    Demo(Demo),
}

#[derive(Debug, Subcommand)]
pub(super) enum Operations {
    /// Shows what an operation does, and its parameters: type, unit, default, meaning. No host need be there.
    Describe(Describe),
    /// Loads a plugin's file; it takes over from the operation of its name, with the victims that are there.
    Load {
        /// The plugin (.so).
        file: PathBuf,
    },
    /// Ends an operation: its instances finish what they have begun, and run no more.
    Unload {
        /// The operation, or one instance.
        name: String,
    },
    /// Loads an operation's file again; also of one that is retired, stuck or rejected.
    Reload {
        /// The operation, or one instance.
        name: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Describe {
    /// The operation, or a plugin's file (.so).
    #[arg(value_name = "NAME")]
    pub(super) operation: String,
    #[command(flatten)]
    pub(super) places: Places,
}

#[derive(Debug, Args)]
pub(super) struct Serve {
    #[command(flatten)]
    pub(super) loading: Loading,
    #[command(flatten)]
    pub(super) journal: JournalFile,
    /// Follows the plugins' directories and the configuration: what is replaced there takes over.
    #[arg(long)]
    pub(super) watch: bool,
    /// Starts with chaos paused.
    #[arg(long)]
    pub(super) paused: bool,
    /// Decides as always, writes down what would be done, and leaves it out.
    #[arg(long)]
    pub(super) dry_run: bool,
    /// The seed of every draw: the same seed and the same arrivals give the same decisions.
    #[arg(long, value_name = "NUMBER")]
    pub(super) seed: Option<u64>,
}

#[derive(Debug, Args)]
pub(super) struct Call {
    /// The victim, by id or by name.
    pub(super) victim: String,
    /// The method: delay, freeze, raise_error, allocate_memory, cpu_spin, trigger_gc, disturb, take_descriptors, shift_clock,
    /// signal, or one of the victim's own.
    pub(super) method: String,
    /// Its arguments, such as duration=500ms, size_mb=50, signal=USR1.
    #[arg(value_name = "KEY=VALUE")]
    pub(super) options: Vec<String>,
    /// Ends the effect after this time at the latest; otherwise it follows from the arguments.
    #[arg(long, value_name = "TIME")]
    pub(super) lease: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Demo {
    /// For how many seconds.
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub(super) seconds: u64,
    /// The seed of every draw.
    #[arg(long, default_value_t = 9, value_name = "NUMBER")]
    pub(super) seed: u64,
    /// A directory of plugins, looked into before all others.
    #[arg(long, env = "CHAOS_KITTY_PLUGINS", value_name = "DIRECTORY", value_delimiter = ':')]
    pub(super) plugins: Vec<OsString>,
}

impl Arguments {
    /// The socket that was named.
    pub(super) fn named_socket(&self) -> Option<PathBuf> {
        given(self.socket.as_ref())
    }

    /// The socket that is meant.
    pub(super) fn socket(&self) -> PathBuf {
        self.named_socket().unwrap_or_else(|| crate::socket::DEFAULT.into())
    }

    /// The journal that is meant: the one that was named, or the one beside the socket.
    pub(super) fn journal(&self, named: Option<PathBuf>) -> PathBuf {
        named.unwrap_or_else(|| crate::journal::Journal::beside(&self.socket()))
    }
}

/// An empty variable of the environment is one that is not set.
fn given(text: Option<&OsString>) -> Option<PathBuf> {
    text.filter(|text| !text.is_empty()).map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }
}
