//! `chaos-kitty serve`.

use super::arguments::{Arguments, Serve};
use super::failure::Failure;
use super::log;
use crate::assembly::{self, Assembled, Assembly};
use crate::daemon;
use crate::watch::Watch;
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::sync::Notify;
use tracing::{info, warn};

pub(super) async fn run(arguments: &Arguments, serve: &Serve) -> Result<ExitCode, Failure> {
    log::start(arguments.json);
    let assembly = Assembly {
        sources: serve.loading.sources(),
        socket: arguments.named_socket(),
        journal: serve.journal.named(),
        seed: serve.seed,
        paused: serve.paused,
        dry_run: serve.dry_run,
        strict: serve.loading.strict,
    };
    // The handlers come first: a signal that arrives while plugins load must not leave a socket behind.
    let asked = Arc::new(Notify::new());
    let stop = daemon::signalled({
        let asked = Arc::clone(&asked);
        move || {
            asked.notify_one();
            ControlFlow::Continue(())
        }
    })
    .map_err(Failure::refused)?;
    // So do the eyes: what changes from here on may not have been read.
    let watch = serve.watch.then(|| Watch::new(&assembly.sources)).transpose().map_err(|error| {
        Failure::refused(format!("nothing can be followed: {error}: see fs.inotify.max_user_instances"))
    })?;
    let mut stop = Box::pin(stop);
    let private = assembly::place().map_err(Failure::wrong)?;
    let preparing = tokio::task::spawn_blocking({
        let private = Arc::clone(&private);
        move || assembly.prepare(private)
    });
    let assembled = tokio::select! {
        assembled = preparing => assembled.map_err(Failure::refused)?,
        () = &mut stop => {
            // An operation that is still being built is not waited for.
            private.close();
            info!("stopped before it served");
            return Ok(ExitCode::SUCCESS);
        }
    };
    let wrong = |lines: Vec<String>| Failure::wrong(lines.join("\n"));
    let (daemon, rejections) = assembled.and_then(Assembled::start).map_err(wrong)?;
    for line in rejections {
        warn!("{line}");
    }
    let host = daemon.host();
    if let Some(watch) = watch {
        tokio::spawn(watch.run(Arc::clone(&host.instances)));
    }
    let instances = Arc::clone(&host.instances);
    tokio::spawn(async move {
        loop {
            // Also one that was asked for while the host was being assembled, which may have read the file before.
            asked.notified().await;
            instances.follow_configuration().await;
        }
    });
    let overview = host.overview();
    for instance in host.instances.list().iter().filter(|instance| instance.generation.is_some()) {
        info!(instance = instance.name, operation = instance.operation, version = instance.version, "runs");
    }
    if host.instances.count() == 0 {
        warn!("no operation runs: this host strikes nobody unless an operator calls");
    }
    info!(
        run = overview.run,
        boot = &*host.run.boot,
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
