//! `chaos-kitty reload`.

use super::arguments::Arguments;
use super::failure::Failure;
use super::operator::Operator;
use chaos_kitty_bus::Request;
use std::process::ExitCode;

pub(super) async fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    Operator::change(arguments, Request::new("reconfigure")).await
}
