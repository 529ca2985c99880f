//! What is struck again.

use clap::Args;
use std::path::PathBuf;

/// What is struck again.
#[derive(Debug, Args)]
pub(in crate::command) struct Replay {
    /// A journal, or what `shrink` printed.
    #[arg(value_name = "JOURNAL")]
    pub(in crate::command) file: PathBuf,
    /// The run, by the beginning of its id; the last one that struck anybody where nothing is said.
    #[arg(long, value_name = "ID")]
    pub(in crate::command) run: Option<String>,
    /// Leaves out what came before this time of the run, and the waiting.
    #[arg(long, value_name = "TIME")]
    pub(in crate::command) from: Option<String>,
    /// Leaves out what came after this time of the run.
    #[arg(long, value_name = "TIME")]
    pub(in crate::command) until: Option<String>,
}

#[derive(Debug, Args)]
pub(in crate::command) struct Shrink {
    /// A journal, or what `shrink` printed.
    #[arg(value_name = "JOURNAL")]
    pub(in crate::command) file: PathBuf,
    /// What fails: a command for `sh -c`, http://…, https://… or tcp://HOST:PORT.
    #[arg(long, value_name = "COMMAND|URL")]
    pub(in crate::command) probe: String,
    /// A command for `sh -c` that puts everything back before each test.
    #[arg(long, value_name = "COMMAND")]
    pub(in crate::command) reset: Option<String>,
    /// The run, by the beginning of its id; the last one that struck anybody where nothing is said.
    #[arg(long, value_name = "ID")]
    pub(in crate::command) run: Option<String>,
    /// For how long after the last strike the probe is asked; 500ms where nothing is said.
    #[arg(long, value_name = "TIME")]
    pub(in crate::command) settle: Option<String>,
    /// Where the file is written; standard output where nothing is said.
    #[arg(long, value_name = "FILE")]
    pub(in crate::command) output: Option<PathBuf>,
}
