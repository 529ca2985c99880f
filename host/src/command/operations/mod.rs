//! `chaos-kitty operations`, and what it does with one of them: a file for each command.

mod describe;
mod load;
mod reload;
mod unload;

use super::arguments::{Arguments, Operations};
use super::failure::Failure;
use super::operator::Operator;
use super::output;
use crate::instances::ListedInstance;
use std::process::ExitCode;

pub(super) async fn run(arguments: &Arguments, command: Option<&Operations>) -> Result<ExitCode, Failure> {
    match command {
        None => list(arguments).await,
        Some(Operations::Describe(describe)) => describe::run(arguments, describe).await,
        Some(Operations::Load { file }) => load::run(arguments, file).await,
        Some(Operations::Unload { name }) => unload::run(arguments, name).await,
        Some(Operations::Reload { name }) => reload::run(arguments, name).await,
    }
}

async fn list(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let instances: Vec<ListedInstance> = Operator::connect(arguments).await?.ask("operations").await?;
    if arguments.json {
        output::json(&instances);
        return Ok(ExitCode::SUCCESS);
    }
    let rows = instances.iter().map(|instance| {
        [
            instance.name.clone(),
            instance.operation.clone(),
            instance.version.clone(),
            instance.generation.map_or_else(String::new, |generation| generation.to_string()),
            instance.state.clone(),
            instance.victims.to_string(),
            instance.strikes.to_string(),
            instance.errors.to_string(),
            output::time(instance.seconds_in_polls),
            instance.description.clone(),
            instance.file.display().to_string(),
        ]
    });
    let columns = [
        "name",
        "operation",
        "version",
        "generation",
        "state",
        "victims",
        "strikes",
        "errors",
        "in polls",
        "what it does",
        "plugin",
    ];
    output::line(output::table(columns, rows, "no operations run on this host"));
    Ok(ExitCode::SUCCESS)
}
