//! The operator's command line.

mod arguments;
mod call;
mod check;
mod demo;

mod failure;
mod log;
mod new;
mod one_line;
mod operations;
mod operator;
mod output;
mod pause;
mod reload;
mod run_plugin;
mod serve;
mod status;
mod try_plugin;
mod victims;
mod watch;

use arguments::{Arguments, Command};
use clap::Parser;
use failure::Failure;
use std::process::ExitCode;

/// Reads the command line, does what it says, and answers with the exit code: 0 it was done, 1 refused or no effect, 2
/// wrong use or bad configuration, 3 no host there.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    match dispatch(&arguments) {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}

fn dispatch(arguments: &Arguments) -> Result<ExitCode, Failure> {
    // These have no use for threads, or have their own.
    match &arguments.command {
        Command::TryPlugin { files } => return Ok(try_plugin::run(files)),
        Command::RunPlugin { instance, file } => return Ok(run_plugin::run(instance, file)),
        Command::New { path } => return new::run(arguments, path),
        _ => {}
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::refused(format!("no runtime could be started: {error}")))?;
    let done = runtime.block_on(async {
        match &arguments.command {
            Command::Serve(serve) => serve::run(arguments, serve).await,
            Command::Status => status::run(arguments).await,
            Command::Victims => victims::run(arguments).await,
            Command::Operations { command } => operations::run(arguments, command.as_ref()).await,
            Command::Reload => reload::run(arguments).await,
            Command::Call(call) => call::run(arguments, call).await,
            Command::Pause => pause::run(arguments, "pause").await,
            Command::Resume => pause::run(arguments, "resume").await,
            Command::Watch => watch::run(arguments).await,
            Command::Check(check) => check::run(arguments, check).await,
            Command::Demo(demo) => demo::run(arguments, demo).await,
            Command::New { path } => new::run(arguments, path),
            Command::TryPlugin { files } => Ok(try_plugin::run(files)),
            Command::RunPlugin { instance, file } => Ok(run_plugin::run(instance, file)),
        }
    });
    // An operation that hogs its thread is not waited for.
    runtime.shutdown_background();
    done
}
