//! Which content a path leads to.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Tells a file that was replaced or written to from one that is as it was, without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity {
    device: u64,
    inode: u64,
    size: u64,
    /// Seconds and nanoseconds, as for the next.
    modified: (i64, i64),
    /// Nobody sets this one, as `cp -p` and `tar` set the other.
    changed: (i64, i64),
}

impl Identity {
    /// Of what is there, also at the end of links.
    pub(super) fn of(file: &Path) -> Option<Self> {
        let found = fs::metadata(file).ok()?;
        Some(Self {
            device: found.dev(),
            inode: found.ino(),
            size: found.size(),
            modified: (found.mtime(), found.mtime_nsec()),
            changed: (found.ctime(), found.ctime_nsec()),
        })
    }

    /// Whether nothing else is different than what another mode or one more link changes too: its bytes may be the same.
    pub(super) fn may_be_as(self, before: Self) -> bool {
        self == Self { changed: self.changed, ..before }
    }
}
