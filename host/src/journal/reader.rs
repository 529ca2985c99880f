//! A journal as it is read: line by line, also while it is written.

use super::chain::Sealed;
use super::last_run;
use super::pieces::Pieces;
use super::record::Record;
use std::fs::{File, Metadata};
use std::io::{self, BufRead, BufReader, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The longest line that is one, in bytes: what is longer was not written by a host.
const LONGEST: u64 = 1 << 20;

/// How often a file is looked for before it counts as removed.
const LOOKS: usize = 10;

/// Reads a journal from its oldest record to its last whole one, through all of its files.
///
/// It keeps its place while the journal is written, and while its files are renamed. At the end it answers none, and may be
/// asked again later.
#[derive(Debug)]
pub struct Reader {
    /// The file that is written.
    current: PathBuf,
    /// Whether other files follow the one that is read.
    is_alone: bool,
    /// What the file that is read was called when it was opened.
    file: PathBuf,
    lines: BufReader<File>,
    number: u64,
    /// Files were dropped before they could be read.
    has_jumped: bool,
    /// What has been read of a line that is not whole yet.
    begun: Vec<u8>,
}

/// One line of a journal, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The file, as it was called when it was opened.
    pub file: PathBuf,
    /// The line of the file, from 1.
    pub number: u64,
    /// Its text, without the line break.
    pub text: String,
}

impl Reader {
    /// Reads a journal, and those of its files that were filled before: `FILE.1`, `FILE.2` and so on.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn open(file: &Path) -> io::Result<Self> {
        let first = Pieces::of(file)?.all().next().unwrap_or_else(|| file.to_owned());
        // Where the file itself is missing, so is the journal.
        File::open(file)?;
        Ok(Self { current: file.to_owned(), is_alone: false, ..Self::of_one(&first)? })
    }

    /// Reads one file alone; one that is missing is empty.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn of_one(file: &Path) -> io::Result<Self> {
        let lines = match File::open(file) {
            Err(error) if error.kind() == ErrorKind::NotFound => File::open("/dev/null")?,
            other => other?,
        };
        Ok(Self {
            current: file.to_owned(),
            is_alone: true,
            file: file.to_owned(),
            lines: BufReader::with_capacity(1 << 16, lines),
            number: 0,
            has_jumped: false,
            begun: Vec::new(),
        })
    }

    /// The run that a journal's last record is of; none where it has no records.
    ///
    /// # Errors
    /// The files cannot be read.
    pub fn last_run(file: &Path) -> io::Result<Option<String>> {
        last_run::of(file)
    }

    /// What stands behind the last whole line: the beginning of one that is being written, or was never finished.
    pub fn rest(&self) -> &[u8] {
        &self.begun
    }

    /// Whether files have been dropped since it was asked last, before they could be read: what follows begins anew.
    pub(super) fn jumped(&mut self) -> bool {
        std::mem::take(&mut self.has_jumped)
    }

    /// The next line of this file; none where there is no whole one, for now.
    fn line(&mut self) -> io::Result<Option<Line>> {
        let room = LONGEST.saturating_sub(self.begun.len() as u64);
        io::Read::take(&mut self.lines, room).read_until(b'\n', &mut self.begun)?;
        let is_whole = self.begun.last() == Some(&b'\n');
        if !is_whole && self.begun.len() as u64 == LONGEST {
            let (file, line) = (self.file.display(), self.number + 1);
            return Err(io::Error::other(format!("{file}: line {line} is too long to be a record")));
        }
        if !is_whole {
            return Ok(None);
        }
        self.begun.pop();
        self.number += 1;
        let text = match String::from_utf8(std::mem::take(&mut self.begun)) {
            Ok(text) => text,
            Err(damaged) => String::from_utf8_lossy(damaged.as_bytes()).into_owned(),
        };
        Ok(Some(Line { file: self.file.clone(), number: self.number, text }))
    }

    /// The file that follows the one that is read; none where it is the one that is written.
    fn next_file(&mut self) -> io::Result<Option<PathBuf>> {
        let own = identity(&self.lines.get_ref().metadata()?);
        let is_own = |file: &PathBuf| file.metadata().is_ok_and(|metadata| identity(&metadata) == own);
        // It may be renamed while we look for it.
        for _ in 0..LOOKS {
            let files: Vec<PathBuf> = Pieces::of(&self.current)?.all().collect();
            if let Some(at) = files.iter().position(is_own) {
                return Ok(files.into_iter().nth(at + 1).filter(|next| next.exists()));
            }
        }
        // It is kept no more, nor is what was before it.
        self.has_jumped = true;
        Ok(Pieces::of(&self.current)?.all().next().filter(|oldest| oldest.exists()))
    }
}

impl Iterator for Reader {
    type Item = io::Result<Line>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.line() {
                Ok(None) if self.is_alone => return None,
                Ok(None) => {}
                Ok(Some(line)) => return Some(Ok(line)),
                Err(error) => return Some(Err(error)),
            }
            let next = match self.next_file() {
                Ok(None) => return None,
                Ok(Some(next)) => next,
                Err(error) => return Some(Err(error)),
            };
            // Now that another one is written this one grows no more: what came meanwhile is the last of it.
            match self.line() {
                Ok(None) => {}
                Ok(Some(line)) => return Some(Ok(line)),
                Err(error) => return Some(Err(error)),
            }
            match Self::of_one(&next) {
                Ok(reader) => {
                    let (current, has_jumped) = (std::mem::take(&mut self.current), self.has_jumped);
                    *self = Self { current, is_alone: false, has_jumped, ..reader };
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl Line {
    /// The record.
    ///
    /// # Errors
    /// It is no record that this version knows.
    pub fn record(&self) -> Result<Record, serde_json::Error> {
        serde_json::from_str(&self.text)
    }

    /// How it is linked to the line before; none where it is no line of a journal.
    pub fn sealed(&self) -> Option<Sealed> {
        Sealed::read(&self.text)
    }
}

fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}
