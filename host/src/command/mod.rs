//! The operator's command line.

mod arguments;
mod attach;
mod call;
mod check;
mod demo;
mod detach;
mod early;
mod effects;
mod errand;
mod experiment;
mod failure;
mod history;
mod journal;
mod log;
mod new;
mod one_line;
mod operations;
mod operator;
mod output;
mod pause;
mod reload;
mod replay;
mod serve;
mod serving;
mod shrink;
mod status;
mod time;
mod undo;
mod victims;
mod watch;

use arguments::{Arguments, Command};
use clap::Parser;
use failure::Failure;
use std::process::ExitCode;

/// Reads the command line, does what it says, and answers with the exit code: 0 it was done, 1 refused or no effect, 2
/// wrong use or bad configuration, 3 no host there.
pub fn run() -> ExitCode {
    if let Some(code) = errand::run() {
        return code;
    }
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(other) if !other.use_stderr() || !std::env::args_os().any(|word| word == "--json") => {
            other.exit()
        }
        Err(wrong) => {
            return Failure::wrong(wrong.to_string().trim_start_matches("error: ").trim_end()).report(true);
        }
    };
    match dispatch(&arguments) {
        Ok(code) => code,
        Err(failure) => failure.report(arguments.json),
    }
}

fn dispatch(arguments: &Arguments) -> Result<ExitCode, Failure> {
    match &arguments.command {
        Command::Serve(serve) => on_threads(serve::run(arguments, serve)),
        Command::Status => on_threads(status::run(arguments)),
        Command::Victims => on_threads(victims::run(arguments)),
        Command::Attach(attach) => on_threads(attach::run(arguments, attach)),
        Command::Detach { victim } => on_threads(detach::run(arguments, victim)),
        Command::Operations { command } => on_threads(operations::run(arguments, command.as_ref())),
        Command::Reload => on_threads(reload::run(arguments)),
        Command::Call(call) => on_threads(call::run(arguments, call)),
        Command::Effects => on_threads(effects::run(arguments)),
        Command::Undo(undo) => on_threads(undo::run(arguments, undo)),
        Command::Pause => on_threads(pause::run(arguments, "pause")),
        Command::Resume => on_threads(pause::run(arguments, "resume")),
        Command::Watch => on_threads(watch::run(arguments)),
        Command::Replay(replay) => on_threads(replay::run(arguments, replay)),
        Command::Shrink(shrink) => on_threads(shrink::run(arguments, shrink)),
        Command::Check(check) => on_threads(check::run(arguments, check)),
        Command::Experiment { command } => on_threads(experiment::run(arguments, command)),
        Command::Demo(demo) => on_threads(demo::run(arguments, demo)),
        Command::Journal { command } => journal::run(arguments, command),
        Command::History(history) => history::run(arguments, history),
        Command::New { path } => new::run(arguments, path),
    }
}

fn on_threads(command: impl Future<Output = Result<ExitCode, Failure>>) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::refused(format!("no runtime could be started: {error}")))?;
    let done = runtime.block_on(command);
    // An operation that hogs its thread is not waited for.
    runtime.shutdown_background();
    done
}
