//! `chaos-kitty shrink JOURNAL --probe …`.

use super::arguments::{Arguments, Shrink};
use super::failure::Failure;
use super::operator::Operator;
use super::{output, replay};
use crate::daemon;
use crate::host::Overview;
use crate::probe::Probe;
use crate::replay::{Part, Recording};
use crate::shrink::{Reset, Shrunk, Smallest, Trial, Tried, ddmin};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, Write};
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// For how long after the last strike the probe is asked, where nothing is said.
const SETTLE: Duration = Duration::from_millis(500);
/// How long a host may take to be there after a reset.
const PATIENCE: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(50);

pub(super) async fn run(arguments: &Arguments, asked: &Shrink) -> Result<ExitCode, Failure> {
    let probe = Probe::parse(&asked.probe).map_err(|why| Failure::wrong(format!("--probe: {why}")))?;
    let settle = replay::time("--settle", asked.settle.as_deref())?.unwrap_or(SETTLE);
    let recording = Recording::read(&asked.file, asked.run.as_deref(), "strike", Part::is_wanted)
        .map_err(Failure::refused)?;
    let parts = Part::all(&recording, Duration::ZERO..=Duration::MAX).map_err(Failure::refused)?;
    is_fit(&Operator::connect(arguments).await?).await?;
    let trial = Trial { probe, reset: asked.reset.clone().map(Reset), settle };
    let mut search =
        Search { arguments, trial, parts: &parts, tests: 0, best: None, progress: progress(parts.len()) };
    search.say(&format!("run {}: {}", recording.run, output::count(parts.len(), "strike")));
    let stop = daemon::signalled(|| ControlFlow::Break(())).map_err(Failure::refused)?;
    let searched = tokio::select! {
        searched = search.search() => searched.map_err(Failure::on_the_way),
        () = stop => Err(Failure::refused("interrupted")),
    };
    search.progress.finish_and_clear();
    let (confirmed, smallest) = (matches!(searched, Ok(true)), searched.is_ok());
    // What was found until then is written also where the search has not come to its end.
    let Some((best, failure)) = search.best else { return searched.map(|_| ExitCode::SUCCESS) };
    let parts = chosen(&parts, &best);
    let shrunk = Shrunk {
        schema: 1,
        journal: asked.file.clone(),
        run: recording.run,
        of: recording.decisions.len(),
        strikes: parts.len(),
        probe: asked.probe.clone(),
        reset: asked.reset.clone(),
        settle: settle.as_secs_f64(),
        tests: search.tests,
        failure,
        confirmed,
        smallest,
    };
    print(arguments, asked, &shrunk, &parts)?;
    tell(&shrunk);
    searched.map(|_| ExitCode::SUCCESS)
}

/// The search for the smallest set.
struct Search<'a> {
    arguments: &'a Arguments,
    trial: Trial,
    parts: &'a [Part],
    tests: usize,
    /// The smallest set that has failed so far, and how.
    best: Option<(Vec<usize>, String)>,
    progress: ProgressBar,
}

impl Search<'_> {
    /// Finds it, and answers whether it failed once more.
    async fn search(&mut self) -> Result<bool, Failure> {
        let smallest = ddmin(self.parts.len(), async |part: &[usize]| {
            let tried = self.test(part).await?;
            let fails = tried.failure.is_some();
            if let Some(failure) = tried.failure.filter(|_| !part.is_empty()) {
                self.best = Some((part.to_vec(), failure));
            }
            Ok::<_, Failure>(fails)
        })
        .await?;
        match smallest {
            Smallest::Passes => Err(Failure::refused(
                "the probe does not fail: with all strikes of the run it holds. Fewer will not do: \
                 name another probe, or give it longer with --settle",
            )),
            Smallest::FailsWithout => {
                // It was not the strikes.
                self.best = None;
                Err(Failure::refused(
                    "the probe fails without any strike: see what else breaks it, and --reset",
                ))
            }
            Smallest::These(part) => Ok(self.test(&part).await?.failure.is_some()),
        }
    }

    async fn test(&mut self, part: &[usize]) -> Result<Tried, Failure> {
        self.trial.reset().await.map_err(Failure::refused)?;
        let operator = self.operator().await?;
        is_fit(&operator).await?;
        let parts = chosen(self.parts, part);
        let tried = self.trial.strike(operator.chaos(), parts).await.map_err(Failure::refused)?;
        self.tests += 1;
        let strikes = output::count(part.len(), "strike");
        let came_to = match &tried {
            Tried { failure: Some(failure), .. } => format!("fails: {failure}"),
            Tried { obstacle: Some(obstacle), .. } => {
                format!("holds, though not all could be made: {obstacle}")
            }
            Tried { .. } => "holds".to_owned(),
        };
        self.say(&format!("test {}: {strikes}: {came_to}", self.tests));
        Ok(tried)
    }

    /// The host, which a reset may have started anew.
    async fn operator(&self) -> Result<Operator, Failure> {
        let connecting = async {
            loop {
                if let Ok(operator) = Operator::connect(self.arguments).await {
                    return operator;
                }
                sleep(LOOK).await;
            }
        };
        match timeout(PATIENCE, connecting).await {
            Ok(operator) => Ok(operator),
            Err(_) => Operator::connect(self.arguments).await,
        }
    }

    fn say(&self, line: &str) {
        if self.progress.is_hidden() {
            let _ = writeln!(std::io::stderr(), "{line}");
            return;
        }
        let left = self.best.as_ref().map_or(self.parts.len(), |(best, _)| best.len());
        self.progress.set_position((self.parts.len() - left) as u64);
        self.progress.set_prefix(format!(
            "{}, {} left",
            output::count(self.tests, "test"),
            output::count(left, "strike")
        ));
        self.progress.set_message(line.to_owned());
    }
}

/// Whether what is struck on this host is what a test strikes, neither less nor more.
async fn is_fit(operator: &Operator) -> Result<(), Failure> {
    let host: Overview = operator.ask("overview").await?;
    if host.dry_run {
        return Err(Failure::refused(
            "this host only writes down what it would do, and so no strike can break anything: serve without --dry-run",
        ));
    }
    if host.paused {
        return Err(Failure::refused(
            "chaos is paused on this host, and every strike would be refused: `chaos-kitty resume` lets it go on",
        ));
    }
    match replay::others(operator).await? {
        None => Ok(()),
        Some(others) => Err(Failure::refused(format!(
            "{others} on this host, and would strike in the middle of a test: serve with `instance = []` in the configuration"
        ))),
    }
}

/// A bar where somebody sees it.
fn progress(strikes: usize) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(strikes as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:24} {prefix}  {wide_msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// These of them, the first at once.
fn chosen(parts: &[Part], which: &[usize]) -> Vec<Part> {
    let chosen: Vec<&Part> = which.iter().filter_map(|index| parts.get(*index)).collect();
    let start = chosen.first().map(|part| part.at).unwrap_or_default();
    chosen.into_iter().map(|part| part.clone().at(part.at.saturating_sub(start))).collect()
}

fn print(arguments: &Arguments, asked: &Shrink, shrunk: &Shrunk, parts: &[Part]) -> Result<(), Failure> {
    let file = shrunk.file(parts);
    let Some(path) = &asked.output else {
        output::line(file.trim_end());
        return Ok(());
    };
    std::fs::write(path, file)
        .map_err(|error| Failure::refused(format!("--output {}: {error}", path.display())))?;
    if arguments.json {
        output::json(shrunk);
    }
    Ok(())
}

/// The end, in a sentence.
fn tell(shrunk: &Shrunk) {
    let Shrunk { of, strikes, tests, failure, confirmed, smallest, .. } = shrunk;
    let tests = output::count(*tests, "test");
    let doubt = match (smallest, confirmed) {
        (false, _) => "; the search has not come to its end, and fewer may do",
        (true, true) => ", and it failed once more",
        (true, false) => ", but not a second time: it depends on more than the strikes",
    };
    let _ =
        writeln!(std::io::stderr(), "{strikes} of {of} strikes are enough after {tests}{doubt}: {failure}");
}
