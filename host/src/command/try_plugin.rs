//! `chaos-kitty try-plugin`, which the host calls by itself.

use crate::plugin::Trial;
use std::path::Path;
use std::process::ExitCode;

pub(super) fn run(file: &Path) -> ExitCode {
    Trial::carry_out(file)
}
