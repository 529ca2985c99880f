//! `chaos-kitty operations`, and what it does with one of them: a file for each command.

mod describe;

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
            instance.state.clone(),
            instance.victims.to_string(),
            instance.description.clone(),
            instance.file.display().to_string(),
        ]
    });
    let columns = ["name", "operation", "version", "state", "victims", "what it does", "plugin"];
    output::line(output::table(columns, rows, "no operations run on this host"));
    Ok(ExitCode::SUCCESS)
}
