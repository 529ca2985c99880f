//! The files of a journal: the one that is written, and those that were filled before, `FILE.1`, `FILE.2` and so on.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

/// No host fills so many: whatever has such a number is none of them.
const LAST: u64 = 1 << 53;

/// The numbers of the filled files that are there, from the oldest to the newest.
///
/// Numbers count up for ever, so a file is named once, and their order is that of what is in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pieces {
    current: PathBuf,
    numbers: Vec<u64>,
}

impl Pieces {
    /// Those beside this file, which need not be there itself.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub(super) fn of(current: &Path) -> io::Result<Self> {
        let name = current.file_name().unwrap_or_default();
        let mut numbers = Vec::new();
        for entry in directory(current).read_dir()? {
            numbers.extend(number(name, &entry?.file_name()));
        }
        numbers.sort_unstable();
        Ok(Self { current: current.to_owned(), numbers })
    }

    /// The filled files, from the oldest to the newest.
    pub(super) fn filled(&self) -> impl DoubleEndedIterator<Item = PathBuf> {
        self.numbers.iter().map(|number| self.name(*number))
    }

    /// All files, from the oldest to the one that is written, which need not be there.
    pub(super) fn all(&self) -> impl Iterator<Item = PathBuf> {
        self.filled().chain([self.current.clone()])
    }

    /// What the file that is written is to be called once it is filled.
    pub(super) fn next(&self) -> PathBuf {
        self.name(self.next_number())
    }

    /// The number that the file that is written is going to have.
    pub(super) fn next_number(&self) -> u64 {
        self.numbers.last().map_or(1, |last| last + 1)
    }

    /// The number of the oldest file behind this number; that of the one that is written where there is no other.
    pub(super) fn oldest_after(&self, number: u64) -> u64 {
        self.numbers.iter().copied().find(|other| *other > number).unwrap_or_else(|| self.next_number())
    }

    /// Whether the oldest one is the first that there was.
    pub(super) fn are_complete(&self) -> bool {
        self.numbers.first().is_none_or(|first| *first == 1)
    }

    fn name(&self, number: u64) -> PathBuf {
        filled(&self.current, number)
    }
}

/// What a file is called that has been filled.
pub(super) fn filled(current: &Path, number: u64) -> PathBuf {
    current.with_added_extension(number.to_string())
}

/// Where a file is.
fn directory(file: &Path) -> &Path {
    file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The number behind a journal's name: digits, as they are written.
fn number(name: &OsStr, of: &OsStr) -> Option<u64> {
    let rest = of.as_encoded_bytes().strip_prefix(name.as_encoded_bytes())?.strip_prefix(b".")?;
    let text = std::str::from_utf8(rest).ok()?;
    let number: u64 = text.parse().ok()?;
    ((1..LAST).contains(&number) && number.to_string() == text).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_in_the_order_of_their_numbers_and_nothing_else_is_one() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("a.journal");
        let made = [
            "a.journal.10",
            "a.journal.9",
            "a.journal.010",
            "a.journal.x",
            "a.journal.0",
            "a.journal.18446744073709551615",
            "b.journal.1",
            "a.journal.1.2",
        ];
        for name in made {
            std::fs::write(directory.path().join(name), "").unwrap();
        }
        let pieces = Pieces::of(&file).unwrap();
        let names: Vec<_> = pieces.all().map(|path| path.file_name().unwrap().to_owned()).collect();
        assert_eq!(names, ["a.journal.9", "a.journal.10", "a.journal"]);
        assert_eq!(pieces.next(), directory.path().join("a.journal.11"));
        assert!(!pieces.are_complete());
        assert_eq!(Pieces::of(&directory.path().join("c")).unwrap().next(), directory.path().join("c.1"));
    }
}
