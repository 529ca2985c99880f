//! `chaos-kitty run-plugin`, which the host calls by itself.

use crate::plugin::Child;
use std::path::Path;
use std::process::ExitCode;

pub(super) fn run(instance: &str, file: &Path) -> ExitCode {
    Child::carry_out(instance, file)
}
