//! `chaos-kitty serve`.

use super::arguments::{Arguments, Serve};
use super::failure::Failure;
use super::log;
use crate::assembly::{self, Assembled, Assembly};
use crate::daemon;
use crate::instances::Instances;
use crate::watch::Watch;
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};
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
    let instances: Arc<OnceLock<Arc<Instances>>> = Arc::default();
    let stop = daemon::signalled({
        let instances = Arc::clone(&instances);
        move || {
            // One that is still being assembled reads it right now.
            if let Some(instances) = instances.get().cloned() {
                tokio::spawn(async move { instances.follow_configuration().await });
            }
            ControlFlow::Continue(())
        }
    })
    .map_err(Failure::refused)?;
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
    let _ = instances.set(Arc::clone(&host.instances));
    if serve.watch {
        let watch = Watch::new(Arc::clone(&host.instances)).map_err(|error| {
            Failure::refused(format!("nothing can be followed: {error}: see fs.inotify.max_user_instances"))
        })?;
        tokio::spawn(watch.run());
    }
    let overview = host.overview();
    for instance in host.instances.list().iter().filter(|instance| instance.generation.is_some()) {
        info!(instance = instance.name, operation = instance.operation, version = instance.version, "runs");
    }
    if host.instances.count() == 0 {
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
