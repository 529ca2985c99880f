//! `chaos-kitty demo`: a host and three victims of its own, struck for a while, and put back.

mod actor;
mod figures;
mod scene;
mod screen;
mod summary;
mod tally;

use super::arguments::{Arguments, Demo, directories};
use super::failure::{Failure, code};
use super::output;
use super::serving::Serving;
use crate::assembly::{self, Assembled, Assembly};
use crate::daemon::{self, Daemon};
use crate::gate::Holder;
use crate::instances::Sources;
use crate::temporary::TemporaryDirectory;
use actor::{Actor, Event};
use scene::{Phase, Scene};
use screen::Screen;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

/// The three victims: each does the same visible work.
const ACTORS: [&str; 3] = ["orders", "search", "mail"];

/// How long the victims are measured before the first strike, and again after the last effect has ended.
const CALM: Duration = Duration::from_secs(2);

/// How long the victims get to start and to register, and the last effects to end.
const PATIENCE: Duration = Duration::from_secs(10);

/// Strikes often, and hard enough to be seen.
const CONFIGURATION: &str = r#"version = 1

[[instance]]
operation = "hairball"
parameters = { interval = "700ms", probability = 0.8, min_delay = "200ms", max_delay = "600ms" }

[[instance]]
operation = "floop"
parameters = { interval = "1500ms", probability = 0.9, min_size_mb = 30, max_size_mb = 90, hold_duration = 1 }

[[instance]]
operation = "zoomies"
parameters = { interval = "1100ms", probability = 0.9, min_duration = "200ms", max_duration = "500ms" }

[[instance]]
operation = "yowl"
parameters = { interval = "500ms", probability = 0.9 }

[[instance]]
operation = "scratch"
victims = { names = ["mail*"] }
parameters = { interval = "4s", probability = 1.0, signal = "TERM" }
"#;

pub(super) async fn run(arguments: &Arguments, demo: &Demo) -> Result<ExitCode, Failure> {
    let worker = worker()?;
    let directory = TemporaryDirectory::new("chaos-kitty-demo-")
        .map_err(|error| Failure::refused(format!("no temporary directory could be made: {error}")))?;
    let (serving, host) = start(demo, directory.path())?;
    let records = host.gate.journal().watch().ok_or_else(|| Failure::refused("the host has stopped"))?;
    let (events, incoming) = mpsc::channel(256);
    let actors: Vec<Actor> =
        ACTORS.iter().map(|name| Actor::start(name, &worker, &host.socket, events.clone())).collect();
    let mut scene = Scene::new(&ACTORS, Duration::from_secs(demo.seconds));
    let mut screen = Screen::open(arguments.json);
    let mut play = Play { host: &host, incoming, records, scene: &mut scene, screen: &mut screen };
    let played = play.run(Duration::from_secs(demo.seconds)).await;
    screen.close();
    for actor in actors {
        actor.stop().await;
    }
    serving.stop().await;
    played?;
    if arguments.json {
        output::json(&scene.summary());
    } else {
        output::line(summary::text(&scene.summary()));
    }
    Ok(code(scene.summary().all_is_back()))
}

fn start(demo: &Demo, directory: &Path) -> Result<(Serving, std::sync::Arc<crate::host::Host>), Failure> {
    let configuration = directory.join("demo.toml");
    std::fs::write(&configuration, CONFIGURATION)
        .map_err(|error| Failure::refused(format!("{}: {error}", configuration.display())))?;
    let assembly = Assembly {
        sources: Sources {
            configuration: Some(configuration),
            plugins: directories(&demo.plugins),
            ..Sources::default()
        },
        socket: Some(directory.join("chaos_kitty.ipc")),
        journal: None,
        seed: Some(demo.seed),
        paused: true,
        dry_run: false,
        strict: true,
    };
    let private = assembly::place().map_err(Failure::refused)?;
    let (daemon, _): (Daemon, _) = assembly.prepare(private).and_then(Assembled::start).map_err(|lines| {
        let advice =
            "the demo needs the five operations: `cargo build --release` puts them beside this program";
        Failure::wrong(format!("{}\n{advice}", lines.join("\n")))
    })?;
    let host = daemon.host().clone();
    Ok((Serving::start(daemon), host))
}

/// The worker's program, which plays the victims.
fn worker() -> Result<PathBuf, Failure> {
    let here = std::env::current_exe().map_err(|error| Failure::refused(format!("where am I? {error}")))?;
    let worker = here.with_file_name("chaos-kitty-worker");
    if worker.is_file() {
        return Ok(worker);
    }
    Err(Failure::wrong(format!(
        "the demo's victims are played by {}, which is not there: build everything with `cargo build --release`",
        worker.display()
    )))
}

/// The demo while it runs.
struct Play<'a> {
    host: &'a crate::host::Host,
    incoming: mpsc::Receiver<Event>,
    records: tokio::sync::broadcast::Receiver<std::sync::Arc<crate::journal::Record>>,
    scene: &'a mut Scene,
    screen: &'a mut Screen,
}

impl Play<'_> {
    async fn run(&mut self, struck: Duration) -> Result<(), Failure> {
        let stop = daemon::signalled(|| ControlFlow::Break(())).map_err(Failure::refused)?;
        tokio::pin!(stop);
        self.until(Phase::Starting, PATIENCE, &mut stop, |play| play.host.roster.len() == ACTORS.len()).await;
        if self.host.roster.len() < ACTORS.len() {
            return Err(Failure::refused("the victims did not register in time"));
        }
        self.until(Phase::Before, CALM, &mut stop, |_| false).await;
        self.host.gate.resume(Holder::Operator);
        self.until(Phase::Struck, struck, &mut stop, |_| false).await;
        self.host.gate.pause(Holder::Operator);
        let back = |play: &Self| play.host.gate.active() == 0 && play.host.roster.len() == ACTORS.len();
        self.until(Phase::Ending, PATIENCE, &mut stop, back).await;
        self.until(Phase::After, CALM, &mut stop, |_| false).await;
        self.scene.end(self.host.gate.active(), self.host.roster.len());
        Ok(())
    }

    /// Shows what happens until the time is over, or `done` says so, or the user has had enough.
    async fn until<S: Future<Output = ()>>(
        &mut self,
        phase: Phase,
        time: Duration,
        stop: &mut std::pin::Pin<&mut S>,
        done: impl Fn(&Self) -> bool,
    ) {
        if self.scene.is_interrupted() && phase == Phase::Struck {
            return;
        }
        self.scene.enter(phase);
        let began = Instant::now();
        let mut next = began;
        while !done(self) && next < began + time {
            next += Duration::from_millis(100);
            let shown = sleep_until(next);
            tokio::pin!(shown);
            loop {
                tokio::select! {
                    () = &mut shown => break,
                    Some(event) = self.incoming.recv() => self.screen.say(self.scene.hear(event)),
                    Ok(record) = self.records.recv() => self.screen.say(self.scene.note(&record)),
                    () = stop.as_mut(), if !self.scene.is_interrupted() => {
                        self.scene.interrupt();
                        return;
                    }
                }
            }
            self.scene.clock(next - began);
            self.screen.draw(self.scene);
        }
    }
}
