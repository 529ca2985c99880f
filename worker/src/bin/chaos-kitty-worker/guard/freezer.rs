//! The freezer of a control group: a file that stops all in it, without a signal, and lets them go on.

use std::fs::{self, File};
use std::io;
use std::path::PathBuf;

use chaos_kitty_worker::beside::OwnGroup;
use serde::{Deserialize, Serialize};

/// That of a group, in one of the two versions.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Freezer {
    folder: PathBuf,
    version: Version,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Version {
    One,
    Two,
}

impl Freezer {
    /// That of a group which is a program's own, and the pids in it; none where there is no such group whose freezer may be
    /// used.
    pub(super) fn of(program: i32) -> Option<(Freezer, Vec<i32>)> {
        [("freezer", Version::One), ("", Version::Two)].into_iter().find_map(|(controller, version)| {
            let group = OwnGroup::of(program, controller, None)?;
            let freezer = Freezer { folder: group.folder().to_owned(), version };
            let is_usable = File::options().write(true).open(freezer.switch()).is_ok() && !freezer.is_on();
            is_usable.then(|| (freezer, group.members().to_vec()))
        })
    }

    fn switch(&self) -> PathBuf {
        self.folder.join(match self.version {
            Version::One => "freezer.state",
            Version::Two => "cgroup.freeze",
        })
    }

    /// Begins to freeze all that are in it.
    pub(super) fn freeze(&self) -> io::Result<()> {
        fs::write(self.switch(), if self.version == Version::One { "FROZEN" } else { "1" })
    }

    /// Lets them go on.
    pub(super) fn thaw(&self) -> io::Result<()> {
        fs::write(self.switch(), if self.version == Version::One { "THAWED" } else { "0" })
    }

    /// Whether it was told to freeze, by whomever.
    pub(super) fn is_on(&self) -> bool {
        let file = if self.version == Version::One { "freezer.self_freezing" } else { "cgroup.freeze" };
        fs::read_to_string(self.folder.join(file)).is_ok_and(|on| on.trim() == "1")
    }

    /// Whether all are frozen.
    pub(super) fn is_frozen(&self) -> bool {
        let (file, line) = match self.version {
            Version::One => ("freezer.state", "FROZEN"),
            Version::Two => ("cgroup.events", "frozen 1"),
        };
        fs::read_to_string(self.folder.join(file)).is_ok_and(|text| text.lines().any(|it| it == line))
    }

    /// Whether who is killed in it is gone only when it goes on.
    pub(super) fn keeps_the_killed(&self) -> bool {
        self.version == Version::One
    }
}
