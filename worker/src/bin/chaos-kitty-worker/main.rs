//! `chaos-kitty-worker -- PROGRAM ARGS…`: any program as a victim of Chaos Kitty.

mod arguments;
mod clock;
mod guard;
mod signals;
mod suspension;
mod wrapper;

use std::io::IsTerminal;
use std::process::ExitCode;

use arguments::{Arguments, Hidden};
use chaos_kitty_worker::{beside, demo_work};
use clap::Parser;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let arguments = Arguments::parse(); // wrong use: said on stderr, exit code 2
    let filter = EnvFilter::try_from_env("CHAOS_KITTY_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    // The program's output is its own: ours goes to stderr, and only what somebody should act on.
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .log_internal_errors(false) // it would say on stderr that stderr is gone, and panic
        .with_target(false)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    match arguments.hidden {
        Some(Hidden::DemoWork(demo)) => {
            demo_work::run(demo.worker(), &demo.name, demo.interval());
            ExitCode::SUCCESS
        }
        Some(Hidden::StandIn) => match beside::stand_in() {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE, // the wrapper sees its end
        },
        None => ExitCode::from(wrapper::run(arguments.wrap)),
    }
}
