//! The freezer of a control group: a file that stops all in it, without a signal, and lets them go on.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

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
    /// That of a group which is a program's own, and that group; none where there is no such group whose freezer may be used.
    pub(super) fn of(program: i32) -> Option<(Freezer, OwnGroup)> {
        [("freezer", Version::One), ("", Version::Two)].into_iter().find_map(|(controller, version)| {
            let group = OwnGroup::of(program, controller, None)?;
            let freezer = Freezer { folder: group.folder().to_owned(), version };
            let is_usable = File::options().write(true).open(freezer.switch()).is_ok() && !freezer.is_on();
            is_usable.then_some((freezer, group))
        })
    }

    /// Where its files are.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    fn switch(&self) -> PathBuf {
        self.folder.join(match self.version {
            Version::One => "freezer.state",
            Version::Two => "cgroup.freeze",
        })
    }

    /// Its switch, held open: who freezes has to be able to thaw, also when there is no descriptor left.
    pub(super) fn held(&self) -> io::Result<Switch> {
        Ok(Switch { file: File::options().write(true).open(self.switch())?, version: self.version })
    }

    /// Whether it was told to freeze, by whomever. What cannot be read was not let go.
    pub(super) fn is_on(&self) -> bool {
        let file = if self.version == Version::One { "freezer.self_freezing" } else { "cgroup.freeze" };
        fs::read_to_string(self.folder.join(file)).map_or(true, |on| on.trim() == "1")
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

/// The switch of a freezer.
#[derive(Debug)]
pub(super) struct Switch {
    file: File,
    version: Version,
}

impl Switch {
    /// Begins to freeze all that are in the group.
    pub(super) fn freeze(&self) -> io::Result<()> {
        self.file.write_all_at(if self.version == Version::One { b"FROZEN" } else { b"1" }, 0)
    }

    /// Lets them go on; nothing where there is no such group any more.
    ///
    /// # Errors
    /// They are frozen still.
    pub(super) fn thaw(&self) -> io::Result<()> {
        let thawed = self.file.write_all_at(if self.version == Version::One { b"THAWED" } else { b"0" }, 0);
        thawed.or_else(|error| if is_gone(&error) { Ok(()) } else { Err(error) })
    }
}

/// Whether it says that there is no such group.
pub(super) fn is_gone(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENODEV | libc::ENOENT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_thawed_is_told_and_not_taken_for_done() {
        // Whoever writes to it finds that there is no space left.
        let file = File::options().write(true).open("/dev/full").unwrap();
        let switch = Switch { file, version: Version::Two };
        assert_eq!(switch.thaw().unwrap_err().raw_os_error(), Some(libc::ENOSPC));
    }
}
