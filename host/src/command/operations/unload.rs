//! `chaos-kitty operations unload NAME`.

use super::super::arguments::Arguments;
use super::super::failure::Failure;
use super::super::operator::Operator;
use chaos_kitty_bus::{Request, Value};
use std::process::ExitCode;

pub(super) async fn run(arguments: &Arguments, name: &str) -> Result<ExitCode, Failure> {
    let request = Request { arguments: vec![Value::from(name)], ..Request::new("unload") };
    Operator::change(arguments, request).await
}
