//! Directories that go when their host ends, however it ends.

use rustix::fs::OFlags;
use std::fs::{File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use tempfile::TempDir;

/// A directory that only this user can enter, in the system's directory for temporary files. It goes on drop, and where
/// a host was killed, with the next one that makes a directory of this prefix.
#[derive(Debug)]
pub struct TemporaryDirectory {
    directory: TempDir,
    /// Says to other hosts that this one lives.
    _lock: File,
}

impl TemporaryDirectory {
    /// Makes one, and removes those of this prefix whose hosts have been killed.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub fn new(prefix: &str) -> io::Result<Self> {
        Self::inside(&std::env::temp_dir(), prefix)
    }

    /// The same in another parent.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub fn inside(parent: &Path, prefix: &str) -> io::Result<Self> {
        sweep(parent, prefix);
        let private = Permissions::from_mode(0o700);
        loop {
            let builder = &mut tempfile::Builder::new();
            let directory = builder.prefix(prefix).permissions(private.clone()).tempdir_in(parent)?;
            if let Some(lock) = lock(directory.path())? {
                return Ok(Self { directory, _lock: lock });
            }
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }
}

/// Takes a directory's lock, which the kernel gives back when its host ends. None where a host that lives holds it, or
/// where there is no such directory any more.
fn lock(directory: &Path) -> io::Result<Option<File>> {
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW;
    let file = match OpenOptions::new().read(true).custom_flags(flags.bits() as i32).open(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    if file.try_lock().is_err() {
        return Ok(None);
    }
    // Between making and locking it, a sweeping host may have taken it for a leftover.
    let still_there = match (file.metadata(), std::fs::symlink_metadata(directory)) {
        (Ok(held), Ok(named)) => (held.dev(), held.ino()) == (named.dev(), named.ino()),
        _ => false,
    };
    Ok(still_there.then_some(file))
}

/// Removes the directories of this user's hosts that have ended without doing so. What cannot be removed stays.
fn sweep(parent: &Path, prefix: &str) {
    let own = rustix::process::geteuid().as_raw();
    for entry in std::fs::read_dir(parent).into_iter().flatten().flatten() {
        let named = entry.file_name().to_str().is_some_and(|name| name.starts_with(prefix));
        let owned = || entry.metadata().is_ok_and(|metadata| metadata.is_dir() && metadata.uid() == own);
        if named
            && owned()
            && let Ok(Some(lock)) = lock(&entry.path())
        {
            if let Err(error) = std::fs::remove_dir_all(entry.path()) {
                tracing::debug!("{} is left behind: {error}", entry.path().display());
            }
            drop(lock);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_no_living_host_holds_is_removed() {
        let parent = tempfile::tempdir().unwrap();
        let make = |name: &str| {
            let path = parent.path().join(name);
            std::fs::create_dir(&path).unwrap();
            std::fs::write(path.join("1-hairball.so"), "code").unwrap();
            path
        };
        let (dead, alive, other) =
            (make("chaos-kitty-plugins-a"), make("chaos-kitty-plugins-b"), make("chaos-kitty-demo-c"));
        let held = lock(&alive).unwrap().unwrap();
        sweep(parent.path(), "chaos-kitty-plugins-");
        assert!(!dead.exists() && alive.exists() && other.exists());
        drop(held);
        sweep(parent.path(), "chaos-kitty-plugins-");
        assert!(!alive.exists() && other.exists());
    }
}
