//! A journal as it is read: line by line, also while it is written.

use super::record::Record;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

/// Reads a journal from its oldest record to its last whole one.
#[derive(Debug)]
pub struct Reader {
    file: PathBuf,
    lines: BufReader<File>,
    number: u64,
}

/// One line of a journal, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The file.
    pub file: PathBuf,
    /// The line of the file, from 1.
    pub number: u64,
    /// Its text, without the line break.
    pub text: String,
}

impl Reader {
    /// # Errors
    /// The file cannot be read.
    pub fn open(file: &Path) -> io::Result<Self> {
        let lines = BufReader::new(File::open(file)?);
        Ok(Self { file: file.to_owned(), lines, number: 0 })
    }
}

impl Iterator for Reader {
    type Item = io::Result<Line>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut text = String::new();
        match self.lines.read_line(&mut text) {
            Err(error) => Some(Err(error)),
            // A line without its end is still being written.
            Ok(_) if text.pop() != Some('\n') => None,
            Ok(_) => {
                self.number += 1;
                Some(Ok(Line { file: self.file.clone(), number: self.number, text }))
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
}
