//! stub
use super::arguments::{Arguments, Demo};
use super::failure::Failure;
use std::process::ExitCode;
pub(super) async fn run(_: &Arguments, _: &Demo) -> Result<ExitCode, Failure> { Err(Failure::refused("not yet")) }
