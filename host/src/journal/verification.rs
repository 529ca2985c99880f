//! Verification: whether a journal is as it was written, from its first kept record to its last.

use super::chain::{Hash, Link, Sealed};
use super::pieces::Pieces;
use super::reader::{Line, Reader};
use super::record::Mark;
use serde::Serialize;
use std::io;
use std::path::{Path, PathBuf};

/// What a verification has come to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verification {
    /// The records that are whole, by run, in the journal's order.
    pub runs: Vec<WholeRun>,
    /// How many records are whole, from the first kept one on.
    pub records: u64,
    /// The number of the first kept record; 0 where there is none.
    pub first: u64,
    /// The number of the last whole record.
    pub last: u64,
    /// Its hash: kept elsewhere, it tells later whether anything that was here then is missing.
    pub head: String,
    /// Bytes behind the last whole line: one that is being written, or was cut short when its host was killed.
    pub unfinished: usize,
    /// The first record that is not as it was written; none where all are.
    pub damage: Option<Damage>,
}

/// One run, as far as its records are whole.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WholeRun {
    /// The run.
    pub run: String,
    /// How many records it has.
    pub records: u64,
    /// The time of its first, in seconds since the Unix epoch.
    pub from: f64,
    /// The time of its last.
    pub until: f64,
}

/// The first record that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Damage {
    /// The file.
    pub file: PathBuf,
    /// The line of the file, from 1.
    pub line: u64,
    /// The number that the record has, or should have.
    pub number: u64,
    /// What is wrong.
    pub what: String,
}

impl Verification {
    /// Checks a journal, in all of its files. With `head`, a record of that hash must be there.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn of(file: &Path, head: Option<Hash>) -> io::Result<Self> {
        let mut reader = Reader::open(file)?;
        let is_anchored = Pieces::of(file)?.are_complete();
        let mut chain = Chain { last: Link::NONE, is_anchored, found: head.is_none(), head };
        let (runs, head) = (Vec::new(), Hash::NONE.to_string());
        let mut whole = Self { runs, records: 0, first: 0, last: 0, head, unfinished: 0, damage: None };
        let mut place = (file.to_owned(), 1);
        while let Some(line) = reader.next() {
            let line = line?;
            // Who reads slowly, while much is written, may find that the next files are not kept any more.
            chain.is_anchored &= !reader.jumped();
            place = (line.file.clone(), line.number + 1);
            match chain.follow(&line) {
                Ok(mark) => whole.add(mark, chain.last),
                Err((number, what)) => {
                    whole.damage = Some(Damage { file: line.file, line: line.number, number, what });
                    return Ok(whole);
                }
            }
        }
        whole.unfinished = reader.rest().len();
        if !chain.found {
            let what = "no record has the hash that was asked for: the end has been cut off, or it is of another journal";
            let (file, line) = place;
            let number = chain.last.number + 1;
            whole.damage = Some(Damage { file, line, number, what: what.to_owned() });
        }
        Ok(whole)
    }

    fn add(&mut self, mark: Mark, link: Link) {
        if self.records == 0 {
            self.first = link.number;
        }
        self.records += 1;
        self.last = link.number;
        self.head = link.hash.to_string();
        match self.runs.last_mut().filter(|last| *last.run == *mark.run) {
            Some(run) => {
                run.records += 1;
                run.until = mark.at;
            }
            None => {
                let (run, at) = (mark.run.to_string(), mark.at);
                self.runs.push(WholeRun { run, records: 1, from: at, until: at });
            }
        }
    }
}

/// Where the check has come to.
struct Chain {
    last: Link,
    /// The record before the next one is known: it was read, or the next is to be the very first. Otherwise it is kept no
    /// more, and what the next says of it is taken as given.
    is_anchored: bool,
    head: Option<Hash>,
    found: bool,
}

impl Chain {
    /// Takes the next line. Answers its mark, or the number that it has or should have, and what is wrong.
    fn follow(&mut self, line: &Line) -> Result<Mark, (u64, String)> {
        let expected = self.last.number + 1;
        let Some(Sealed { link, previous, actual }) = line.sealed() else {
            return Err((expected, "it is unreadable: no line of a journal".to_owned()));
        };
        let number = link.number;
        if link.hash != actual {
            return Err((number, format!("it was changed: its hash should be {actual}")));
        }
        if !self.is_anchored {
            self.is_anchored = true;
        } else if number > expected {
            let what = if number == expected + 1 {
                format!("record {expected} is missing before it")
            } else {
                format!("records {expected} to {} are missing before it", number - 1)
            };
            return Err((number, what));
        } else if number < expected {
            return Err((
                number,
                format!("it was inserted, or is out of order: record {expected} should be here"),
            ));
        } else if previous != self.last.hash {
            let what = format!(
                "it does not belong behind the record before it, whose hash is {}: one of the two was put there later",
                self.last.hash
            );
            return Err((number, what));
        }
        let mark = serde_json::from_str(&line.text)
            .map_err(|error| (number, format!("it is unreadable: no record ({error})")))?;
        self.last = link;
        self.found |= self.head == Some(link.hash);
        Ok(mark)
    }
}
