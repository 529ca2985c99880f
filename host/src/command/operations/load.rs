//! `chaos-kitty operations load FILE`.

use super::super::arguments::Arguments;
use super::super::failure::Failure;
use super::super::operator::Operator;
use chaos_kitty_bus::{Request, Value};
use std::path::Path;
use std::process::ExitCode;

pub(super) async fn run(arguments: &Arguments, file: &Path) -> Result<ExitCode, Failure> {
    // The host has a working directory of its own.
    let file = std::path::absolute(file).map_err(Failure::wrong)?;
    let name = file.to_str().ok_or_else(|| {
        Failure::wrong(format!("{} is no name that can be sent: rename the file", file.display()))
    })?;

    let request = Request { arguments: vec![Value::from(name)], ..Request::new("load") };
    Operator::change(arguments, request).await
}
