//! The last run, as a journal has it: whether it has come to its end, and what is open where it has not.

use super::file::JournalFile;
use super::pieces::Pieces;
use super::reader::Reader;
use super::record::{Mark, Record, VictimMark};
use super::recovered::{Remains, Unfinished};
use crate::gate::{Decision, Ruling};
use crate::run::Run;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use tracing::{info, warn};

/// The most strikes that have a line of the log each.
const TOLD: usize = 20;

/// The run before this one and the strikes that it has left open; none where it has come to its end, or there was none.
///
/// # Errors
/// The files cannot be read.
pub(super) fn left_open(file: &Path, run: &Run) -> io::Result<Option<(String, Vec<Unfinished>)>> {
    let pieces: Vec<PathBuf> = Pieces::of(file)?.all().collect();
    let Some(last) = last_line(&pieces)? else { return Ok(None) };
    if matches!(serde_json::from_str(&last), Ok(Record::Ending(_))) {
        return Ok(None);
    }
    let Ok(Mark { run: of, .. }) = serde_json::from_str(&last) else { return Ok(None) };
    let mine = format!("\"run\":\"{of}\"");
    let mut open: BTreeMap<u64, Decision> = BTreeMap::new();
    for piece in &pieces[beginning(&pieces, &mine)?..] {
        for line in Reader::of_one(piece)? {
            let text = line?.text;
            // Most lines are settled by a look at them, which costs a fraction of reading them.
            if !text.contains(&mine)
                || !text.contains("\"ruling\":\"strike\"") && !text.contains("\"record\":\"outcome\"")
            {
                continue;
            }
            match serde_json::from_str(&text) {
                // What a probe asked is no strike, and leaves nothing to be put back.
                Ok(Record::Decision(decision))
                    if decision.ruling == Ruling::Strike && !decision.origin.is_probe() =>
                {
                    open.insert(decision.strike, decision);
                }
                Ok(Record::Outcome(outcome)) => drop(open.remove(&outcome.strike)),
                _ => {}
            }
        }
    }
    Ok(Some((of.to_string(), open.into_values().filter_map(|decision| unfinished(decision, run)).collect())))
}

/// The run of the last record; none where there is none.
///
/// # Errors
/// The files cannot be read.
pub(super) fn of(file: &Path) -> io::Result<Option<String>> {
    let pieces: Vec<PathBuf> = Pieces::of(file)?.all().collect();
    let last = last_line(&pieces)?;
    Ok(last.and_then(|last| serde_json::from_str(&last).ok()).map(|mark: Mark| mark.run.to_string()))
}

/// Says what was found.
pub(super) fn tell(of: &str, unknown: &[Unfinished]) {
    if unknown.is_empty() {
        return info!("run {of} was cut short, with nothing under way");
    }
    warn!("run {of} was cut short with {} under way: who carried them out has ended them", unknown.len());
    for Unfinished { strike, victim, method, process, .. } in unknown.iter().take(TOLD) {
        let VictimMark { name, pid, .. } = victim;
        let process = match process {
            Remains::Runs => "runs",
            Remains::Stopped => "is stopped: if nobody stopped it on purpose, `kill -CONT` lets it go on",
            Remains::Gone => "is gone",
        };
        warn!("what strike {strike} came to ({method} on {name}) is unknown: pid {pid} {process}");
    }
}

/// The last whole line of all.
fn last_line(pieces: &[PathBuf]) -> io::Result<Option<String>> {
    for piece in pieces.iter().rev() {
        match JournalFile::look(piece) {
            Ok(found) if found.last.is_some() => return Ok(found.last),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Which of the files a run begins in: the first where its beginning is not kept any more.
fn beginning(pieces: &[PathBuf], mine: &str) -> io::Result<usize> {
    for (at, piece) in pieces.iter().enumerate().rev() {
        for line in Reader::of_one(piece)? {
            let text = line?.text;
            if text.contains("\"record\":\"run\"") && text.contains(mine) {
                return Ok(at);
            }
        }
    }
    Ok(0)
}

fn unfinished(decision: Decision, run: &Run) -> Option<Unfinished> {
    let (victim, effect) = (decision.victim?, decision.effect?);
    let is_this_boot = decision.mark.boot == run.boot;
    Some(Unfinished {
        strike: decision.strike,
        method: effect.method.clone(),
        lease_seconds: effect.lease.as_secs_f64(),
        inverse: effect.inverse,
        process: if is_this_boot { remains(victim.pid, victim.start_time) } else { Remains::Gone },
        victim,
    })
}

/// What there is of the process with this pid and start time.
fn remains(pid: i32, start_time: u64) -> Remains {
    let stat = std::fs::read(format!("/proc/{pid}/stat")).unwrap_or_default();
    let stat = String::from_utf8_lossy(&stat);
    // The name before it may hold anything, closing parentheses too.
    let fields: Vec<&str> =
        stat.rsplit_once(')').map_or("", |(_, tail)| tail).split_ascii_whitespace().collect();
    match (fields.first(), fields.get(19).and_then(|started| started.parse::<u64>().ok())) {
        (Some(state), Some(started)) if started == start_time => match *state {
            "T" | "t" => Remains::Stopped,
            "Z" | "X" => Remains::Gone,
            _ => Remains::Runs,
        },
        _ => Remains::Gone,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Processes;

    #[test]
    fn a_process_is_told_by_its_pid_and_its_start() {
        let own = Processes::default().own();
        assert_eq!(remains(own.pid(), own.start_time()), Remains::Runs);
        assert_eq!(remains(own.pid(), own.start_time() + 1), Remains::Gone);
        assert_eq!(remains(-1, 0), Remains::Gone);
    }
}
