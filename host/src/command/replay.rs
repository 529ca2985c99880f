//! `chaos-kitty replay JOURNAL`.

use super::arguments::{Arguments, Replay};
use super::failure::{Failure, code};
use super::operator::Operator;
use super::output;
use crate::daemon;
use crate::host::ListedVictim;
use crate::instances::ListedInstance;
use crate::replay::{Obstacle, Part, Playing, Recording, Struck};
use crate::units;
use chaos_kitty_bus::Value;
use serde::Serialize;
use std::io::Write;
use std::ops::ControlFlow;
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

/// What came of a replay.
#[derive(Serialize)]
struct Replayed {
    /// The run that was struck again.
    run: String,
    /// How many strikes it was to be.
    strikes: usize,
    /// Those that came to an outcome.
    struck: Vec<Struck>,
    /// Whether nothing was done, since the host leaves the last step out.
    dry_run: bool,
    /// How late the latest was, in seconds.
    latest: f64,
    /// The first that could not be made.
    stopped: Option<Obstacle>,
    /// Whether the operator ended it.
    interrupted: bool,
    /// How many effects may be under way still: those that did not end when they were told to.
    under_way: usize,
}

pub(super) async fn run(arguments: &Arguments, asked: &Replay) -> Result<ExitCode, Failure> {
    let from = time("--from", asked.from.as_deref())?.unwrap_or_default();
    let until = time("--until", asked.until.as_deref())?.unwrap_or(Duration::MAX);
    let recording = Recording::read(&asked.file, asked.run.as_deref(), "strike", Part::is_wanted)
        .map_err(Failure::refused)?;
    let parts = Part::all(&recording, from..=until).map_err(Failure::refused)?;
    let Some(first) = parts.first() else {
        return Err(Failure::refused(format!("run {} struck nobody in that time", recording.run)));
    };
    let operator = Operator::connect(arguments).await?;
    warn_of_others(&operator).await?;
    let victims: Vec<ListedVictim> = operator.ask("victims").await?;
    if let Some(obstacle) = parts.iter().find_map(|part| part.obstacle(&victims)) {
        return refuse(arguments, &recording.run, parts.len(), obstacle);
    }
    if !arguments.json {
        let (strikes, at) = (output::count(parts.len(), "strike"), output::time(first.at.as_secs_f64()));
        output::say!("replaying run {}: {strikes}, the first in {at}", recording.run);
    }
    let strikes = parts.len();
    let replayed = play(arguments, &operator, recording.run, parts).await?;
    let Replayed { struck, stopped, interrupted, .. } = &replayed;
    if arguments.json {
        output::json(&replayed);
    } else {
        output::say!("{}", closing(&replayed));
    }
    match stopped {
        None if replayed.dry_run && !interrupted => Err(Failure::refused(
            "nothing was done: this host only writes down what it would do. Serve without --dry-run to strike",
        )),
        Some(obstacle) => {
            let done = format!("{} of {strikes} were replayed before it", struck.len());
            Err(Failure::refused(format!("{obstacle}; {done}, and {}", ended(replayed.under_way))))
        }
        None if *interrupted => {
            let done = struck.len();
            Err(Failure::refused(format!(
                "interrupted after {done} of {strikes}: {}",
                ended(replayed.under_way)
            )))
        }
        None => Ok(code(true)),
    }
}

async fn play(
    arguments: &Arguments,
    operator: &Operator,
    run: String,
    parts: Vec<Part>,
) -> Result<Replayed, Failure> {
    let mut replayed = Replayed {
        run,
        strikes: parts.len(),
        struck: Vec::new(),
        dry_run: false,
        latest: 0.0,
        stopped: None,
        interrupted: false,
        under_way: 0,
    };
    let mut stop = pin!(daemon::signalled(|| ControlFlow::Break(())).map_err(Failure::refused)?);
    let mut playing = Playing::start(operator.chaos().clone(), parts);
    loop {
        let struck = tokio::select! {
            struck = playing.struck() => struck,
            () = &mut stop => {
                replayed.interrupted = true;
                break;
            }
        };
        match struck {
            Ok(None) => break,
            Ok(Some(struck)) => {
                if !arguments.json {
                    output::say!("{}", line(&struck));
                }
                replayed.dry_run |= struck.now.is_none();
                replayed.latest = replayed.latest.max(struck.late);
                replayed.struck.push(struck);
            }
            Err(obstacle) => {
                replayed.stopped = Some(obstacle);
                break;
            }
        }
    }
    replayed.under_way = playing.end().await;
    Ok(replayed)
}

/// Something that cannot be made is said before anything is.
fn refuse(arguments: &Arguments, run: &str, strikes: usize, obstacle: Obstacle) -> Result<ExitCode, Failure> {
    let failure = Failure::refused(format!("{obstacle}; nothing has been done"));
    if arguments.json {
        output::json(&Replayed {
            run: run.to_owned(),
            strikes,
            struck: Vec::new(),
            dry_run: false,
            latest: 0.0,
            stopped: Some(obstacle),
            interrupted: false,
            under_way: 0,
        });
    }
    Err(failure)
}

/// Who strikes beside a replay.
async fn warn_of_others(operator: &Operator) -> Result<(), Failure> {
    if let Some(others) = others(operator).await? {
        let _ = writeln!(
            std::io::stderr(),
            "warning: {others} on this host, and may strike meanwhile: `instance = []` in its configuration keeps it to the replay"
        );
    }
    Ok(())
}

/// `hairball and yowl run`, where any do.
pub(super) async fn others(operator: &Operator) -> Result<Option<String>, Failure> {
    let listed: Vec<ListedInstance> = operator.ask("operations").await?;
    let names: Vec<&str> =
        listed.iter().filter(|one| one.strikes_by_itself()).map(|one| one.name.as_str()).collect();
    Ok(match names.as_slice() {
        [] => None,
        [one] => Some(format!("{one} runs")),
        [all @ .., last] => Some(format!("{} and {last} run", all.join(", "))),
    })
}

/// A time of a run.
pub(super) fn time(option: &str, text: Option<&str>) -> Result<Option<Duration>, Failure> {
    let Some(text) = text else { return Ok(None) };
    let seconds = units::seconds(&Value::from(text)).ok().and_then(|seconds| seconds.as_f64());
    let time = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    time.map(Some)
        .ok_or_else(|| Failure::wrong(format!("{option} must be a time from 0, such as 90, 4.5s or 3m")))
}

fn line(struck: &Struck) -> String {
    let Struck { strike, offset, victim, method, then, now, .. } = struck;
    let came_to = match (now, then) {
        (None, _) => "would have been struck".to_owned(),
        (Some(now), None) => now.to_string(),
        (Some(now), Some(then)) if then == now => format!("{now}, as then"),
        (Some(now), Some(then)) => format!("{now}, and was {then} then"),
    };
    format!("{offset:>9.3}  #{strike:<4} {method} on {victim}: {came_to}")
}

/// What is left of what was under way.
fn ended(under_way: usize) -> String {
    match under_way {
        0 => "what was under way has been ended".to_owned(),
        1 => "1 effect may be under way still, until its lease ends: its victim has not answered".to_owned(),
        more => format!(
            "{more} effects may be under way still, until their leases end: their victims have not answered"
        ),
    }
}

fn closing(replayed: &Replayed) -> String {
    let Replayed { struck, strikes, latest, .. } = replayed;
    if replayed.dry_run {
        return format!("{} of {strikes} would have been struck again", struck.len());
    }
    let others = struck.iter().filter(|one| one.then.is_some() && one.then != one.now).count();
    let verdicts = match others {
        0 => "no verdict is another than then".to_owned(),
        1 => "1 verdict is another than then".to_owned(),
        others => format!("{others} verdicts are others than then"),
    };
    format!(
        "{} of {strikes} struck again; {verdicts}; the latest came {:.1} ms late",
        struck.len(),
        latest * 1e3
    )
}
