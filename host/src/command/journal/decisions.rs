//! `chaos-kitty journal decisions`.

use crate::command::arguments::{Arguments, Decisions};
use crate::command::failure::Failure;
use crate::command::output;
use crate::replay::{Recording, canonical};
use std::process::ExitCode;

pub(super) fn run(arguments: &Arguments, asked: &Decisions) -> Result<ExitCode, Failure> {
    let file = arguments.journal(asked.named());
    let is_meant = |tick: Option<u64>| match (&asked.ticks, tick) {
        (None, _) => true,
        (Some(ticks), Some(tick)) => ticks.contains(&tick),
        (Some(_), None) => false,
    };
    let recording =
        Recording::read(&file, asked.run.as_deref(), "decision", |decision| is_meant(decision.tick))
            .map_err(Failure::refused)?;
    canonical(&recording.decisions).iter().for_each(output::line);
    Ok(ExitCode::SUCCESS)
}
