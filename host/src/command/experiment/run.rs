//! `chaos-kitty experiment run`.

use super::progress::Progress;
use super::summary;
use crate::assembly::{self, Assembled, Assembly};
use crate::command::arguments::{Arguments, RunExperiment};
use crate::command::failure::{Failure, code};
use crate::command::serving::Serving;
use crate::command::{log, output};
use crate::daemon;
use crate::experiment::{Conduct, Experiment, Folder, Report};
use crate::gate::Holder;
use crate::host::Host;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::Arc;
use tracing::Level;

/// Completes when somebody ends the experiment. A second signal changes nothing: what is under way is being put back already.
type Stop = Pin<Box<dyn Future<Output = ()> + Send>>;

pub(super) async fn run(arguments: &Arguments, run: &RunExperiment) -> Result<ExitCode, Failure> {
    // The progress tells what happens; the log of every strike would drown it.
    log::start_at(Level::ERROR, arguments.json);
    let (experiment, problems) = Experiment::read(&run.file.file);
    if !problems.is_empty() {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        return Err(Failure::wrong(lines.join("\n")));
    }
    // The handlers come first: a signal that arrives while plugins load must not leave a socket behind.
    let stop = daemon::signalled(|| ControlFlow::Break(())).map_err(Failure::refused)?;
    let mut stop: Stop = Box::pin(stop);
    let Some(assembled) = assemble(arguments, run, &mut stop).await? else {
        return Err(Failure::refused("interrupted before it began: nobody was struck"));
    };
    let folder = Folder::prepare(&directory(run)).map_err(Failure::wrong)?;
    let started = assembled.start().map_err(|lines| {
        folder.forsake();
        Failure::wrong(lines.join("\n"))
    });
    let (daemon, _) = started?;
    let host = Arc::clone(daemon.host());
    // Before anybody can ask for anything: chaos is the experiment's to let go, and the operator's only to pause.
    host.gate.pause(Holder::Experiment);
    host.gate.resume(Holder::Operator);
    let serving = Serving::start(daemon);
    // A task of its own, so that the host ends in order also where this one fails.
    let conducted = tokio::spawn(conduct(Arc::clone(&host), experiment, stop)).await;
    serving.stop().await;
    let report = conducted
        .map_err(|error| {
            Failure::refused(format!("the experiment broke off, and everything was put back: {error}"))
        })?
        .ok_or_else(|| Failure::refused("the host stopped before the experiment began"))?;
    let written = folder.write(&report);
    if arguments.json {
        output::json(&report);
    } else {
        output::line(summary::text(&report, written.is_ok().then_some(folder.path())));
    }
    written.map_err(|error| {
        Failure::refused(format!("the report could not be written to {}: {error}", folder.path().display()))
    })?;
    Ok(code(report.verdict.is_held()))
}

/// A host with everything that is going to run, or none where somebody ended it meanwhile.
async fn assemble(
    arguments: &Arguments,
    run: &RunExperiment,
    stop: &mut Stop,
) -> Result<Option<Assembled>, Failure> {
    let assembly = Assembly {
        sources: run.file.sources(),
        socket: arguments.named_socket(),
        journal: run.journal.named(),
        seed: run.seed,
        paused: true,
        dry_run: run.dry_run,
        // An operation that is missing would make the hypothesis hold.
        strict: true,
    };
    let private = assembly::place().map_err(Failure::wrong)?;
    let preparing = tokio::task::spawn_blocking({
        let private = Arc::clone(&private);
        move || assembly.prepare(private)
    });
    tokio::select! {
        prepared = preparing => {
            let prepared = prepared.map_err(Failure::refused)?;
            prepared.map(Some).map_err(|lines| Failure::wrong(lines.join("\n")))
        }
        () = stop => {
            private.close();
            Ok(None)
        }
    }
}

async fn conduct(host: Arc<Host>, experiment: Experiment, mut stop: Stop) -> Option<Report> {
    let progress = Box::new(Progress::new(&experiment));
    let course = Conduct::new(&host, &experiment, progress, stop.as_mut())?.run().await;
    Some(Report::of(&course, &experiment, &host))
}

/// Where the report goes.
fn directory(run: &RunExperiment) -> PathBuf {
    run.report.clone().unwrap_or_else(|| {
        let stem = run.file.file.file_stem().unwrap_or_default();
        let mut name = stem.to_owned();
        name.push("-report");
        name.into()
    })
}
