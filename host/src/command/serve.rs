//! `chaos-kitty serve`.

use super::arguments::{Arguments, Serve};
use super::failure::Failure;
use super::log;
use crate::assembly::Assembly;
use crate::daemon;
use std::process::ExitCode;
use tracing::{info, warn};

pub(super) async fn run(arguments: &Arguments, serve: &Serve) -> Result<ExitCode, Failure> {
    log::start(arguments.json);
    let assembly = Assembly {
        sources: serve.loading.sources(),
        socket: arguments.named_socket(),
        seed: serve.seed,
        paused: serve.paused,
        dry_run: serve.dry_run,
        strict: serve.loading.strict,
    };
    // The handlers come first: a signal that arrives while plugins load must not leave a socket behind.
    let stop = daemon::signalled().map_err(Failure::refused)?;
    let (daemon, rejections) = assembly.start().map_err(|lines| Failure::wrong(lines.join("\n")))?;
    for line in rejections {
        warn!("{line}");
    }
    let host = daemon.host();
    let overview = host.overview();
    for instance in host.instances.list() {
        info!(instance = instance.name, operation = instance.operation, version = instance.version, "runs");
    }
    if host.instances.list().is_empty() {
        warn!("no operation runs: this host strikes nobody unless an operator calls");
    }
    info!(
        run = overview.run,
        boot = host.run.boot,
        seed = overview.seed,
        paused = overview.paused,
        dry_run = overview.dry_run,
        "serving at {}",
        overview.socket.display()
    );
    // On a thread of the runtime's: this one would have to be woken for each connection.
    let served = tokio::spawn(daemon.serve(stop)).await;
    served.map_err(|error| Failure::refused(format!("the host ended before its time: {error}")))?;
    Ok(ExitCode::SUCCESS)
}
