//! A journal as it is read: line by line, also while it is written.

use super::chain::Sealed;
use super::last_run;
use super::pieces::{Pieces, filled};
use super::record::Record;
use std::fs::{File, Metadata};
use std::io::{self, BufRead, BufReader, ErrorKind, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The longest line that is one, in bytes: what is longer was not written by a host.
const LONGEST: u64 = 16 << 20;

/// How much is read at once, in bytes: more than a record has, as a rule.
const AT_ONCE: usize = 1 << 16;

/// How often a file is looked for before it counts as removed.
const LOOKS: usize = 100;

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
    /// The number that it has, or is going to have once it is filled.
    at: u64,
    lines: BufReader<File>,
    number: u64,
    /// Files were dropped before they could be read.
    has_jumped: bool,
    /// Where the next line begins, in bytes.
    offset: u64,
    /// What was read of it when it was not whole yet.
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
        let mut reader = Self::of_one(Path::new("/dev/null"))?;
        (reader.current, reader.is_alone) = (file.to_owned(), false);
        let oldest = reader.oldest_after(0)?.ok_or(ErrorKind::NotFound)?;
        reader.go_on(oldest);
        Ok(reader)
    }

    /// Reads one file alone; one that is missing is empty.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn of_one(file: &Path) -> io::Result<Self> {
        let lines = match opened(file)? {
            Some(lines) => lines,
            None => File::open("/dev/null")?,
        };
        Ok(Self {
            current: file.to_owned(),
            is_alone: true,
            file: file.to_owned(),
            at: 0,
            lines: BufReader::with_capacity(AT_ONCE, lines),
            number: 0,
            has_jumped: false,
            offset: 0,
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
        self.read_line()?;
        let is_whole = self.begun.last() == Some(&b'\n');
        if !is_whole && self.begun.len() as u64 == LONGEST {
            let (file, line) = (self.file.display(), self.number + 1);
            return Err(io::Error::other(format!("{file}: line {line} is too long to be a record")));
        }
        if !is_whole {
            return Ok(None);
        }
        self.offset += self.begun.len() as u64;
        self.begun.pop();
        self.number += 1;
        let text = match String::from_utf8(std::mem::take(&mut self.begun)) {
            Ok(text) => text,
            Err(damaged) => String::from_utf8_lossy(damaged.as_bytes()).into_owned(),
        };
        Ok(Some(Line { file: self.file.clone(), number: self.number, text }))
    }

    /// Reads what there is of the next line. On a full disk a host cuts off a line that it could not finish, and writes another
    /// in its place: so a line is never put together from what two reads have found, where one can hold it.
    fn read_line(&mut self) -> io::Result<()> {
        loop {
            let is_there = self.begun.is_empty() && self.lines.buffer().contains(&b'\n');
            // A pipe cannot be read again, nor cut.
            let is_anew = !is_there && self.lines.seek(SeekFrom::Start(self.offset)).is_ok();
            if is_anew {
                self.begun.clear();
            }
            let at_once = self.lines.fill_buf()?.len();
            let room = LONGEST.saturating_sub(self.begun.len() as u64);
            io::Read::take(&mut self.lines, room).read_until(b'\n', &mut self.begun)?;
            if !is_anew || !(at_once + 1..=AT_ONCE).contains(&self.begun.len()) {
                return Ok(());
            }
        }
    }

    /// The file that follows the one that is read, and its number; none where it is the one that is written.
    ///
    /// Files are renamed meanwhile, and a directory cannot be read in one moment: so it is asked for by its name, and whatever
    /// is opened as the one that is written counts only if that name has not been given by then.
    fn next_file(&mut self) -> io::Result<Option<Opened>> {
        let (own, next) = (identity(&self.lines.get_ref().metadata()?), self.at + 1);
        for _ in 0..LOOKS {
            let path = filled(&self.current, next);
            if let Some(file) = opened(&path)? {
                return Ok(Some(Opened { path, at: next, file }));
            }
            let is_aside = filled(&self.current, self.at).exists();
            let Some(file) = opened(&self.current)? else { return Ok(None) };
            if identity(&file.metadata()?) == own {
                return Ok(None);
            }
            if is_aside && !path.exists() {
                return Ok(Some(Opened { path: self.current.clone(), at: next, file }));
            }
        }
        // It is kept no more, nor is what was before it.
        self.has_jumped = true;
        self.oldest_after(self.at)
    }

    /// The oldest file behind a number; none where there is none at all.
    fn oldest_after(&self, number: u64) -> io::Result<Option<Opened>> {
        for _ in 0..LOOKS {
            let at = Pieces::of(&self.current)?.oldest_after(number);
            let path = filled(&self.current, at);
            if let Some(file) = opened(&path)? {
                return Ok(Some(Opened { path, at, file }));
            }
            // Between two files there is a moment without one that is written.
            let Some(file) = opened(&self.current)? else { continue };
            // Unless it has been filled, or others have been found, it is the one that is written.
            if !path.exists() && Pieces::of(&self.current)?.oldest_after(number) == at {
                return Ok(Some(Opened { path: self.current.clone(), at, file }));
            }
        }
        Ok(None)
    }

    fn go_on(&mut self, Opened { path, at, file }: Opened) {
        (self.file, self.at, self.number, self.offset) = (path, at, 0, 0);
        self.lines = BufReader::with_capacity(AT_ONCE, file);
        self.begun.clear();
    }
}

/// A file of a journal, and the number that it has or is going to have.
struct Opened {
    path: PathBuf,
    at: u64,
    file: File,
}

fn opened(path: &Path) -> io::Result<Option<File>> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
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
            self.go_on(next);
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
