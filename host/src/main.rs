//! The `chaos-kitty` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    chaos_kitty::command::run()
}
