//! `chaos-kitty pause` and `chaos-kitty resume`.

use super::arguments::Arguments;
use super::failure::Failure;
use super::operator::Operator;
use super::output;
use crate::host::Overview;
use std::process::ExitCode;

pub(super) async fn run(arguments: &Arguments, method: &str) -> Result<ExitCode, Failure> {
    let overview: Overview = Operator::connect(arguments).await?.ask(method).await?;
    if arguments.json {
        output::json(&overview);
    } else if overview.paused && method == "resume" {
        let holders: Vec<String> = overview.held_by.iter().map(ToString::to_string).collect();
        let holders = holders.join(" and the ");
        output::say!(
            "the operator's pause is over, and chaos is still held by the {holders}, which lets it go itself"
        );
    } else if overview.paused {
        let active = output::count(overview.active, "effect");
        output::say!(
            "chaos is paused; under way, until its lease is over or `chaos-kitty undo` ends it: {active}"
        );
    } else {
        output::say!("chaos goes on");
    }
    Ok(ExitCode::SUCCESS)
}
