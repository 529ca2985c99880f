//! What the operator writes on the command line.

use crate::history::{By, Ended};
use crate::instances::Sources;
use clap::{Args, Parser, Subcommand};
use std::ffi::OsString;
use std::ops::RangeInclusive;
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
    /// Lists the operations that run, and loads, unloads, reloads or describes one.
    Operations {
        #[command(subcommand)]
        command: Option<Operations>,
    },
    /// Has the host read its configuration again: all of it takes effect, or nothing.
    Reload,
    /// Strikes one victim, and prints what was asked, what was observed, and a verdict.
    Call(Call),
    /// Stops everyone's effects, `call` too, until `resume`; those under way end on their leases.
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
pub(super) enum Journal {
    /// Says whether a journal is as it was written, and if not, which record is the first that is not.
    Verify(Verify),
    /// Prints a run's decisions without what is of the moment (times, pids, ids): a line of JSON each, by instance, tick and victim.
    /// Two runs of the same seed and the same arrivals print the same.
    Decisions(Decisions),
}

#[derive(Debug, Args)]
pub(super) struct Verify {
    /// The journal; the one beside the socket where nothing is said.
    #[arg(env = "CHAOS_KITTY_JOURNAL")]
    file: Option<OsString>,
    /// A hash that was printed before: a record that has it must be there.
    #[arg(long, value_name = "HASH")]
    pub(super) head: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct History {
    #[command(flatten)]
    pub(super) journal: JournalFile,
    /// A run: the beginning of its id, `last`, or `all`.
    #[arg(long, default_value = "all", value_name = "ID")]
    pub(super) run: String,
    /// Those of an operation, of an instance, or of an `operator`; `*` and `?` stand for any text and any character.
    #[arg(long, value_name = "PATTERN")]
    pub(super) operation: Option<String>,
    /// Those of a victim, by name; `*` and `?` as above.
    #[arg(long, value_name = "PATTERN")]
    pub(super) victim: Option<String>,
    /// Those that have come to this.
    #[arg(long)]
    pub(super) verdict: Option<Ended>,
    /// Those from this time on: `2026-11-26`, `2026-11-26T18:30`, `10m` ago, or `+12.5` seconds after its run's start.
    #[arg(long, value_name = "TIME")]
    pub(super) since: Option<String>,
    /// Those before this time.
    #[arg(long, value_name = "TIME")]
    pub(super) until: Option<String>,
    /// Sums instead of single strikes.
    #[arg(long)]
    pub(super) by: Option<By>,
    /// Refusals too.
    #[arg(long)]
    pub(super) refused: bool,
}

impl History {
    /// Whether refusals are what is asked for.
    pub(super) fn is_about_refusals(&self) -> bool {
        self.verdict == Some(Ended::Refused)
    }
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

#[derive(Debug, Subcommand)]
pub(super) enum Experiment {
    /// Runs it on a host of its own, and ends with 0 where the hypothesis held, with 1 where it did not.
    Run(RunExperiment),
    /// Says everything that is wrong with it, and starts nothing.
    Check {
        #[command(flatten)]
        file: ExperimentFile,
    },
}

/// An experiment, and the plugins that it needs.
#[derive(Debug, Args)]
pub(super) struct ExperimentFile {
    /// The experiment (TOML).
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// A directory of plugins, looked into before all others; may be given more than once.
    #[arg(long, env = "CHAOS_KITTY_PLUGINS", value_name = "DIRECTORY", value_delimiter = ':')]
    pub(super) plugins: Vec<OsString>,
}

#[derive(Debug, Args)]
pub(super) struct RunExperiment {
    #[command(flatten)]
    pub(super) file: ExperimentFile,
    #[command(flatten)]
    pub(super) journal: JournalFile,
    /// Where the report goes: report.json, junit.xml, report.html; FILE's name with `-report` where nothing is said.
    #[arg(long, value_name = "DIRECTORY")]
    pub(super) report: Option<PathBuf>,
    /// Decides as always, writes down what would be done, and leaves it out: it ends with `no_effect`.
    #[arg(long)]
    pub(super) dry_run: bool,
    /// The seed of every draw: the same seed and the same arrivals give the same decisions.
    #[arg(long, value_name = "NUMBER")]
    pub(super) seed: Option<u64>,
}

#[derive(Debug, Args)]
pub(super) struct Decisions {
    /// The journal; the one beside the socket where nothing is said.
    #[arg(env = "CHAOS_KITTY_JOURNAL")]
    file: Option<OsString>,
    /// The run, by the beginning of its id; the last one where nothing is said.
    #[arg(long, value_name = "ID")]
    pub(super) run: Option<String>,
    /// Only those of these ticks, such as 1..100: both are included.
    #[arg(long, value_name = "FIRST..LAST", value_parser = ticks)]
    pub(super) ticks: Option<RangeInclusive<u64>>,
}

/// What is struck again.
#[derive(Debug, Args)]
pub(super) struct Replay {
    /// A journal, or what `shrink` printed.
    #[arg(value_name = "JOURNAL")]
    pub(super) file: PathBuf,
    /// The run, by the beginning of its id; the last one that struck anybody where nothing is said.
    #[arg(long, value_name = "ID")]
    pub(super) run: Option<String>,
    /// Leaves out what came before this time of the run, and the waiting.
    #[arg(long, value_name = "TIME")]
    pub(super) from: Option<String>,
    /// Leaves out what came after this time of the run.
    #[arg(long, value_name = "TIME")]
    pub(super) until: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Shrink {
    /// A journal, or what `shrink` printed.
    #[arg(value_name = "JOURNAL")]
    pub(super) file: PathBuf,
    /// What fails: a command for `sh -c`, http://…, https://… or tcp://HOST:PORT.
    #[arg(long, value_name = "COMMAND|URL")]
    pub(super) probe: String,
    /// A command for `sh -c` that puts everything back before each test.
    #[arg(long, value_name = "COMMAND")]
    pub(super) reset: Option<String>,
    /// The run, by the beginning of its id; the last one that struck anybody where nothing is said.
    #[arg(long, value_name = "ID")]
    pub(super) run: Option<String>,
    /// For how long after the last strike the probe is asked; 500ms where nothing is said.
    #[arg(long, value_name = "TIME")]
    pub(super) settle: Option<String>,
    /// Where the file is written; standard output where nothing is said.
    #[arg(long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Describe {
    /// The operation, or a plugin's file (.so).
    #[arg(value_name = "NAME")]
    pub(super) operation: String,
    #[command(flatten)]
    pub(super) places: Places,
}

/// Where configuration and plugins come from.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct Places {
    /// The configuration; without one, the five operations run at their defaults.
    #[arg(long, env = "CHAOS_KITTY_CONFIG", value_name = "FILE")]
    pub(super) config: Option<OsString>,
    /// A directory of plugins, looked into before all others; may be given more than once.
    #[arg(long, env = "CHAOS_KITTY_PLUGINS", value_name = "DIRECTORY", value_delimiter = ':')]
    pub(super) plugins: Vec<OsString>,
}

/// What is loaded, and whether all of it must be sound.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct Loading {
    #[command(flatten)]
    places: Places,
    /// A plugin that cannot be loaded is an error: a host does not start then.
    #[arg(long)]
    pub(super) strict: bool,
}

/// Where everything is written down.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct JournalFile {
    /// The journal; beside the socket, and of its name, where nothing is said.
    #[arg(id = "journal", long, env = "CHAOS_KITTY_JOURNAL", value_name = "FILE")]
    file: Option<OsString>,
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
    /// The method: delay, raise_error, allocate_memory, cpu_spin, trigger_gc, signal, or one of the victim's own.
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

fn ticks(text: &str) -> Result<RangeInclusive<u64>, String> {
    let range =
        text.split_once("..").and_then(|(first, last)| Some(first.parse().ok()?..=last.parse().ok()?));
    range.filter(|range| !range.is_empty()).ok_or_else(|| "write it as 1..100".to_owned())
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
}

impl Arguments {
    /// The journal that is meant: the one that was named, or the one beside the socket.
    pub(super) fn journal(&self, named: Option<PathBuf>) -> PathBuf {
        named.unwrap_or_else(|| crate::journal::Journal::beside(&self.socket()))
    }
}

impl Decisions {
    /// The journal that was named.
    pub(super) fn named(&self) -> Option<PathBuf> {
        given(self.file.as_ref())
    }
}

impl Verify {
    /// The journal that was named.
    pub(super) fn named(&self) -> Option<PathBuf> {
        given(self.file.as_ref())
    }
}

impl ExperimentFile {
    /// What was named.
    pub(super) fn sources(&self) -> Sources {
        Sources {
            configuration: Some(self.file.clone()),
            plugins: directories(&self.plugins),
            others: crate::experiment::KEYS,
        }
    }
}

impl Loading {
    /// What was named.
    pub(super) fn sources(&self) -> Sources {
        self.places.sources()
    }
}

impl JournalFile {
    /// What was named.
    pub(super) fn named(&self) -> Option<PathBuf> {
        given(self.file.as_ref())
    }
}

impl Places {
    /// What was named.
    pub(super) fn sources(&self) -> Sources {
        Sources {
            configuration: given(self.config.as_ref()),
            plugins: directories(&self.plugins),
            ..Sources::default()
        }
    }
}

/// The directories that were named.
pub(super) fn directories(named: &[OsString]) -> Vec<PathBuf> {
    named.iter().filter_map(|path| given(Some(path))).collect()
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
