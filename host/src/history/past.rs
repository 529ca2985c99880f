//! The past: a journal's lines, put together to strikes one after the other.

use super::filter::Run;
use super::struck::{End, Struck};
use crate::gate::Ruling;
use crate::journal::{Line, Reader, Record};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

/// How many names are kept, so that a long journal needs little memory.
const MOST_CAME: usize = 10_000;

/// Reads strikes from a journal, each when it has come to its end. Only those without an outcome are kept in memory. What
/// probes asked is left out.
#[derive(Debug)]
pub struct Past {
    lines: Reader,
    open: BTreeMap<(String, u64), Struck>,
    /// What has come to its end, the last of it first.
    ended: Vec<Struck>,
    is_over: bool,
    /// The runs, in their order.
    runs: Vec<String>,
    /// The victims that have come, each with its run, also of those that nobody has struck; so many at most.
    came: BTreeSet<(String, String)>,
    /// Lines that are no records that this version knows.
    unknown: u64,
}

impl Past {
    /// # Errors
    /// The journal cannot be read.
    pub fn read(journal: &Path) -> io::Result<Self> {
        let lines = Reader::open(journal)?;
        let (open, ended, runs, came) = (BTreeMap::new(), Vec::new(), Vec::new(), BTreeSet::new());
        Ok(Self { lines, open, ended, is_over: false, runs, came, unknown: 0 })
    }

    /// The runs that were met so far, in their order.
    pub fn runs(&self) -> &[String] {
        &self.runs
    }

    /// Whether a victim of this name may have come so far, in one of these runs.
    pub fn may_have_come(&self, runs: &Run, name: &str) -> bool {
        self.came.len() == MOST_CAME || self.came.iter().any(|(run, came)| came == name && runs.has(run))
    }

    /// How many lines so far were no records that this version knows.
    pub fn unknown(&self) -> u64 {
        self.unknown
    }

    fn take(&mut self, line: &Line) {
        match line.record() {
            Err(_) => self.unknown += 1,
            Ok(Record::Decision(decision)) => {
                self.meet(&decision.mark.run);
                let is_refused = matches!(decision.ruling, Ruling::Refused(_));
                let struck = Struck::decided(decision);
                if is_refused {
                    self.ended.push(struck);
                } else {
                    self.open.insert((struck.run.clone(), struck.strike), struck);
                }
            }
            Ok(Record::Outcome(outcome)) => {
                self.meet(&outcome.mark.run);
                let known = self.open.remove(&(outcome.mark.run.to_string(), outcome.strike));
                let mut struck = known.unwrap_or_else(|| Struck::told(&outcome));
                struck.end(outcome);
                self.ended.push(struck);
            }
            Ok(Record::Beginning(beginning)) => {
                self.give_up();
                self.meet(&beginning.mark.run);
            }
            Ok(Record::Ending(_)) => self.give_up(),
            Ok(Record::Arrival(arrival)) => {
                if self.came.len() < MOST_CAME {
                    self.came.insert((arrival.mark.run.to_string(), arrival.victim.name.to_string()));
                }
            }
            Ok(_) => {}
        }
    }

    fn meet(&mut self, run: &str) {
        if self.runs.last().is_none_or(|last| last != run) {
            self.runs.push(run.to_owned());
        }
    }

    /// What is open of a run that is over has no outcome, and gets none.
    fn give_up(&mut self) {
        let open = std::mem::take(&mut self.open).into_values();
        self.ended.extend(open.map(|struck| Struck { end: End::Untold, ..struck }));
    }
}

impl Iterator for Past {
    type Item = io::Result<Struck>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.ended.pop() {
                // It was kept until its outcome came, which does not say who asked.
                Some(struck) if struck.is_probe() => continue,
                Some(struck) => return Some(Ok(struck)),
                None => {}
            }
            if self.is_over {
                return None;
            }
            match self.lines.next() {
                Some(Ok(line)) => self.take(&line),
                Some(Err(error)) => {
                    self.is_over = true;
                    return Some(Err(error));
                }
                None => {
                    self.is_over = true;
                    self.ended.extend(std::mem::take(&mut self.open).into_values().rev());
                }
            }
        }
    }
}
