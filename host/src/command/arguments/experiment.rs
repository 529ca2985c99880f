//! Experiments.

use super::{JournalFile, directories};
use crate::instances::Sources;
use clap::{Args, Subcommand};
use std::ffi::OsString;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(in crate::command) enum Experiment {
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
pub(in crate::command) struct ExperimentFile {
    /// The experiment (TOML).
    #[arg(value_name = "FILE")]
    pub(in crate::command) file: PathBuf,
    /// A directory of plugins, looked into before all others; may be given more than once.
    #[arg(long, env = "CHAOS_KITTY_PLUGINS", value_name = "DIRECTORY", value_delimiter = ':')]
    pub(in crate::command) plugins: Vec<OsString>,
}

#[derive(Debug, Args)]
pub(in crate::command) struct RunExperiment {
    #[command(flatten)]
    pub(in crate::command) file: ExperimentFile,
    #[command(flatten)]
    pub(in crate::command) journal: JournalFile,
    /// Where the report goes: report.json, junit.xml, report.html; FILE's name with `-report` where nothing is said.
    #[arg(long, value_name = "DIRECTORY")]
    pub(in crate::command) report: Option<PathBuf>,
    /// Decides as always, writes down what would be done, and leaves it out: it ends with `no_effect`.
    #[arg(long)]
    pub(in crate::command) dry_run: bool,
    /// The seed of every draw: the same seed and the same arrivals give the same decisions.
    #[arg(long, value_name = "NUMBER")]
    pub(in crate::command) seed: Option<u64>,
}

impl ExperimentFile {
    /// What was named.
    pub(in crate::command) fn sources(&self) -> Sources {
        Sources {
            configuration: Some(self.file.clone()),
            plugins: directories(&self.plugins),
            others: crate::experiment::KEYS,
        }
    }
}
