//! `chaos-kitty journal …`: what is done with a journal's files. No host need be there.

mod decisions;
mod verify;

use super::arguments::{Arguments, Journal};
use super::failure::Failure;
use std::process::ExitCode;

pub(super) fn run(arguments: &Arguments, command: &Journal) -> Result<ExitCode, Failure> {
    match command {
        Journal::Verify(verify) => verify::run(arguments, verify),
        Journal::Decisions(decisions) => decisions::run(arguments, decisions),
    }
}
