//! `chaos-kitty try-plugin`, which the host calls by itself.

use crate::plugin::Trial;
use std::process::ExitCode;

pub(super) fn run() -> ExitCode {
    Trial::carry_out()
}
