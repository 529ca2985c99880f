//! `chaos-kitty-worker -- PROGRAM ARGS…`: any program as a victim of Chaos Kitty.

mod arguments;
mod attendant;
mod clock;
mod executable;
mod guard;
mod naming;
mod preload;
mod signals;
mod suspension;
mod wrapper;

use std::io::IsTerminal;
use std::process::ExitCode;

use arguments::{Arguments, Hidden};
use chaos_kitty_worker::{beside, demo_work};
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

fn main() -> ExitCode {
    let arguments = Arguments::parse(); // wrong use: said on stderr, exit code 2
    if let Err(why) = arguments.wrap.once() {
        Arguments::command().error(ErrorKind::ArgumentConflict, why).exit();
    }
    let asked = std::env::var("CHAOS_KITTY_LOG")
        .ok()
        .filter(|text| !text.is_empty())
        .and_then(|text| text.parse().ok());
    let filter = asked.unwrap_or_else(|| Targets::new().with_default(Level::WARN));
    // The program's output is its own: ours goes to stderr, and only what somebody should act on.
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .log_internal_errors(false) // it would say on stderr that stderr is gone, and panic
        .with_target(false)
        .with_ansi(std::io::stderr().is_terminal());
    tracing_subscriber::registry().with(lines).with(filter).init();
    match arguments.hidden {
        Some(Hidden::DemoWork(demo)) => {
            demo_work::run(demo.worker(), &demo.name, demo.interval());
            ExitCode::SUCCESS
        }
        Some(Hidden::StandIn) => match beside::stand_in() {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE, // the wrapper sees its end
        },
        Some(Hidden::Attendant { process_id }) => ExitCode::from(attendant::run(process_id)),
        None => ExitCode::from(wrapper::run(arguments.wrap)),
    }
}
