//! `chaos-kitty experiment`: a file for each command.

mod check;
mod progress;
mod run;
mod summary;

use super::arguments::{Arguments, Experiment};
use super::failure::Failure;
use std::process::ExitCode;

pub(super) async fn run(arguments: &Arguments, command: &Experiment) -> Result<ExitCode, Failure> {
    match command {
        Experiment::Run(run) => run::run(arguments, run).await,
        Experiment::Check { file } => check::run(arguments, file).await,
    }
}
