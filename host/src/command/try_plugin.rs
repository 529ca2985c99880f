//! `chaos-kitty try-plugin`, which the host calls by itself.

use crate::plugin::Trial;
use std::path::PathBuf;
use std::process::ExitCode;

pub(super) fn run(files: &[PathBuf]) -> ExitCode {
    Trial::carry_out(files)
}
