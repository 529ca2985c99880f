//! The writer: line after line, from file to file, and what waits while none can be written.

use super::backlog::Backlog;
use super::chain::Link;
use super::file::{Found, JournalFile, Place};
use super::gap::{Gap, Missing};
use super::pieces::Pieces;
use super::record::{Mark, Record};
use crate::configuration::JournalSettings;
use crate::run::Run;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tracing::{error, warn};

/// What becomes of a record that cannot be written now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// It is of no use later: what it allows must not happen.
    Now,
    /// It waits.
    Some,
    /// It is counted.
    Little,
}

/// Appends records to a journal.
#[derive(Debug)]
pub(super) struct Writer {
    path: PathBuf,
    settings: JournalSettings,
    run: Arc<Run>,
    file: JournalFile,
    link: Link,
    backlog: Backlog,
    /// Why the last record could not be written; none where it was.
    ailment: Option<String>,
    /// The lines that are being written, and room for the next.
    lines: Vec<u8>,
}

impl Writer {
    /// Opens the journal, or begins it.
    ///
    /// # Errors
    /// It cannot be written, is another host's, or none at all: to whom, why, and what to do.
    pub(super) fn open(path: &Path, settings: JournalSettings, run: Arc<Run>) -> Result<Self, String> {
        let failed = |error| failed(path, &error);
        let (file, found) = JournalFile::open(path).map_err(failed)?;
        if found.torn > 0 {
            let (torn, path) = (found.torn, path.display());
            warn!("the journal {path} ended in a line that was never finished: its {torn} bytes are cut off");
        }
        let link = if file.is_device() { Link::NONE } else { end(path, &found).map_err(failed)? };
        let (backlog, lines) = (Backlog::default(), Vec::new());
        Ok(Self { path: path.to_owned(), settings, run, file, link, backlog, ailment: None, lines })
    }

    /// Writes the first record of a run.
    ///
    /// # Errors
    /// It cannot be written: why, and what to do.
    pub(super) fn begin_run(&mut self, json: &str) -> Result<(), String> {
        self.put([json]).map_err(|error| failed(&self.path, &error))
    }

    /// Writes records, all of them at once, and before them what has waited.
    ///
    /// # Errors
    /// None of them is written: why, and what to do.
    pub(super) fn append<'a>(
        &mut self,
        records: impl Iterator<Item = (&'a str, Need)> + Clone,
    ) -> Result<(), String> {
        // Nothing is sealed that nobody can ever read.
        if self.file.is_null() {
            return Ok(());
        }
        match self.catch_up().and_then(|()| self.put(records.clone().map(|(json, _)| json))) {
            Ok(()) => {
                self.recover();
                Ok(())
            }
            Err(error) => {
                for (json, need) in records {
                    match need {
                        Need::Now => {}
                        Need::Some => self.backlog.keep(json),
                        Need::Little => self.backlog.count_refusal(),
                    }
                }
                Err(self.ail(&error))
            }
        }
    }

    /// Writes no more. What has waited in vain is in the log alone, which says so.
    pub(super) fn close(self) {
        let Missing { records, refusals } = self.backlog.missing().unwrap_or_default();
        let records = records + self.backlog.len() as u64;
        if records + refusals > 0 {
            let path = self.path.display();
            warn!(
                records,
                refusals,
                "the journal {path} could not be written any more: {records} records and {refusals} refusals of this run are in the log alone"
            );
        }
    }

    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The number of the last record.
    pub(super) fn number(&self) -> u64 {
        self.link.number
    }

    /// How many records wait to be written.
    pub(super) fn waiting(&self) -> usize {
        self.backlog.len()
    }

    /// Why it cannot be written, if it cannot.
    pub(super) fn ailment(&self) -> Option<&str> {
        self.ailment.as_deref()
    }

    /// Whether it is a device.
    pub(super) fn is_device(&self) -> bool {
        self.file.is_device()
    }

    fn catch_up(&mut self) -> io::Result<()> {
        while let Some(first) = self.backlog.first() {
            // Its text is moved out of the way of the writing, which needs all of us.
            let first = first.to_owned();
            self.put([first.as_str()])?;
            self.backlog.written();
        }
        if let Some(missing) = self.backlog.missing() {
            let why = self.ailment.clone().unwrap_or_default();
            let gap = Record::Gap(Gap { mark: Mark::now(&self.run), missing, why });
            self.put([serde_json::to_string(&gap).unwrap_or_default().as_str()])?;
            self.backlog.said();
        }
        Ok(())
    }

    fn put<'a>(&mut self, records: impl IntoIterator<Item = &'a str>) -> io::Result<()> {
        self.stand()?;
        self.lines.clear();
        let lines = &mut self.lines;
        let link = records.into_iter().fold(self.link, |link, json| link.seal(json, lines));
        self.file.append(lines)?;
        self.link = link;
        Ok(())
    }

    /// Sees to it that the file is the one to write to: in its place, and not full.
    fn stand(&mut self) -> io::Result<()> {
        if self.file.is_device() {
            return Ok(());
        }
        match self.file.place()? {
            Place::Same if self.file.length() < self.settings.size => {}
            Place::Same => self.rotate()?,
            Place::Altered => {
                self.rotate()?;
                let path = self.path.display();
                warn!("somebody else has changed the journal {path}: it is put aside, and a new file begun");
            }
            Place::Gone => {
                self.begin()?;
                let path = self.path.display();
                warn!("the journal {path} has been removed or renamed: a new file is begun, and goes on");
            }
        }
        Ok(())
    }

    /// Puts the file aside under the next number, begins a new one, and removes what is older than is to be kept.
    fn rotate(&mut self) -> io::Result<()> {
        let pieces = Pieces::of(&self.path)?;
        let aside = pieces.next();
        fs::rename(&self.path, &aside)?;
        if let Err(error) = self.begin() {
            // So that the next attempt finds everything as this one did. Where it cannot be, that begins a file.
            let _ = put_back(&aside, &self.path);
            return Err(error);
        }
        let filled: Vec<PathBuf> = pieces.filled().chain([aside]).collect();
        let kept = self.settings.keep.saturating_sub(1).max(1);
        for old in filled.iter().rev().skip(kept) {
            if let Err(error) = fs::remove_file(old) {
                warn!("{} is older than is to be kept, and stays: {error}", old.display());
            }
        }
        Ok(())
    }

    fn begin(&mut self) -> io::Result<()> {
        let (file, found) = JournalFile::open(&self.path)?;
        if found.last.is_some() {
            return Err(io::Error::other("another journal stands in its place: move that one away"));
        }
        self.file = file;
        Ok(())
    }

    fn ail(&mut self, error: &io::Error) -> String {
        let why = failed(&self.path, error);
        if self.ailment.as_ref() != Some(&why) {
            error!("{why}. No chaos begins until then; what is under way ends as it should");
        }
        self.ailment = Some(why.clone());
        why
    }

    fn recover(&mut self) {
        if self.ailment.take().is_some() {
            warn!("the journal {} can be written again: chaos may go on", self.path.display());
        }
    }
}

/// Gives a file its name back, unless somebody else has taken it meanwhile: another host may have begun its own journal.
fn put_back(aside: &Path, path: &Path) -> rustix::io::Result<()> {
    renameat_with(CWD, aside, CWD, path, RenameFlags::NOREPLACE)
}

/// Where the chain has come to: by this file, or by the one that was filled before it.
fn end(path: &Path, found: &Found) -> io::Result<Link> {
    if let Some(link) = found.link()? {
        return Ok(link);
    }
    match Pieces::of(path)?.filled().next_back() {
        Some(before) => Ok(JournalFile::look(&before)?.link()?.unwrap_or(Link::NONE)),
        None => Ok(Link::NONE),
    }
}

fn failed(path: &Path, error: &io::Error) -> String {
    format!("the journal {} cannot be written: {error}{}", path.display(), advice(error))
}

/// What to do about an error of the system's; nothing where it says so itself.
fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => ": make room where it is",
        ErrorKind::FileTooLarge => ": this process may write no larger file (ulimit -f)",
        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => {
            ": make its directory writable, or name another file with --journal"
        }
        ErrorKind::NotFound => ": make its directory, or name another file with --journal",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_aside_comes_back_and_replaces_nobody() {
        let directory = tempfile::tempdir().unwrap();
        let (path, aside) = (directory.path().join("a"), directory.path().join("a.1"));
        fs::write(&aside, "ours").unwrap();
        fs::write(&path, "another's").unwrap();
        assert!(put_back(&aside, &path).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "another's");
        fs::remove_file(&path).unwrap();
        put_back(&aside, &path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "ours");
    }
}
