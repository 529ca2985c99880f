//! A journal's files, as anyone can read them.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value as Json;

use crate::clock::{Deadline, PATIENCE};

/// A journal, whether it is there or not.
#[derive(Debug, Clone)]
pub struct Journal {
    file: PathBuf,
}

impl Journal {
    /// The one that is written to this file.
    pub fn at(file: impl Into<PathBuf>) -> Self {
        Self { file: file.into() }
    }

    /// The file that is written.
    pub fn path(&self) -> &Path {
        &self.file
    }

    /// The file as an argument of a command.
    pub fn argument(&self) -> &str {
        self.file.to_str().unwrap()
    }

    /// All of its files, from the oldest to the one that is written.
    pub fn files(&self) -> Vec<PathBuf> {
        let begin = format!("{}.", self.file.file_name().unwrap().to_str().unwrap());
        let number = |path: &PathBuf| path.file_name()?.to_str()?.strip_prefix(&begin)?.parse::<u64>().ok();
        let entries = fs::read_dir(self.file.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
        let mut filled: Vec<_> = entries.filter(|path| number(path).is_some()).collect();
        filled.sort_by_key(number);
        filled.into_iter().chain([self.file.clone()]).collect()
    }

    /// Its lines, from all files.
    #[track_caller]
    pub fn lines(&self) -> Vec<String> {
        let texts = self.files().into_iter().map(|file| fs::read_to_string(file).unwrap());
        texts.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect()
    }

    /// Its records, from all files: those that are whole, since its host may be writing the next.
    #[track_caller]
    pub fn records(&self) -> Vec<Json> {
        let texts = self.files().into_iter().map(|file| fs::read_to_string(file).unwrap());
        let whole = |text: String| text[..text.rfind('\n').map_or(0, |end| end + 1)].to_owned();
        let read = |line: &str| serde_json::from_str(line).unwrap();
        texts.map(whole).flat_map(|text| text.lines().map(read).collect::<Vec<Json>>()).collect()
    }

    /// The first record that is such, waited for.
    #[track_caller]
    pub fn record(&self, what: &str, wanted: impl Fn(&Json) -> bool) -> Json {
        let deadline = Deadline::after(PATIENCE);
        loop {
            if let Some(found) = self.records().into_iter().find(&wanted) {
                return found;
            }
            assert!(deadline.left().is_some(), "no {what} in the journal: {:#?}", self.records());
        }
    }
}

/// The SHA-256 of some bytes as the system's own program says it, so that ours is not its own judge.
#[track_caller]
pub fn sha256(bytes: &[u8]) -> String {
    let mut command = Command::new("sha256sum");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(bytes).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()[..64].to_owned()
}
