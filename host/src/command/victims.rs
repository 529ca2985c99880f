//! `chaos-kitty victims`.

use super::arguments::Arguments;
use super::failure::Failure;
use super::operator::Operator;
use super::output;
use crate::host::ListedVictim;
use std::process::ExitCode;

pub(super) async fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let victims: Vec<ListedVictim> = Operator::connect(arguments).await?.ask("victims").await?;
    if arguments.json {
        output::json(&victims);
        return Ok(ExitCode::SUCCESS);
    }
    let rows = victims.iter().map(|victim| {
        let labels: Vec<_> = victim.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let kind = format!("{}{}", victim.kind, if victim.proven { "" } else { ", unproven" });
        [
            victim.id.to_string(),
            victim.name.clone(),
            victim.pid.to_string(),
            kind,
            labels.join(" "),
            output::time(victim.connected),
            victim.methods.as_ref().map_or_else(|| "does not say".to_owned(), |methods| methods.join(" ")),
        ]
    });
    let columns = ["id", "name", "pid", "kind", "labels", "connected", "methods"];
    let none = "no victims: link chaos-kitty-worker into a program, run one with `chaos-kitty-worker -- PROGRAM`, or attach one that \
         runs with `chaos-kitty attach PID`";
    output::line(output::table(columns, rows, none));
    Ok(ExitCode::SUCCESS)
}
