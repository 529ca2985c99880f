//! What hosts that were killed left behind.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;

/// How the directories with the plugins' copies are called.
pub(super) const PREFIX: &str = "chaos-kitty-plugins-";

/// Takes a directory's lock, which the kernel gives back when its host ends, however it ends. None where a host that
/// lives holds it, or where there is no such directory any more.
pub(super) fn lock(directory: &Path) -> io::Result<Option<File>> {
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
pub(super) fn sweep(parent: &Path) {
    let own = rustix::process::geteuid().as_raw();
    for entry in std::fs::read_dir(parent).into_iter().flatten().flatten() {
        let named = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
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
        sweep(parent.path());
        assert!(!dead.exists() && alive.exists() && other.exists());
        drop(held);
        sweep(parent.path());
        assert!(!alive.exists() && other.exists());
    }
}
