//! Where the copies lie that are really loaded.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::fs::{MemfdFlags, SealFlags, StatVfsMountFlags};

use crate::temporary::TemporaryDirectory;

/// A directory that only this user can enter. Keep it as long as anything loaded from it runs: it goes on drop.
///
/// A library is never loaded from where the user put it: overwriting that file in place would kill the process, and a
/// file renamed over it would not be seen, because the loader remembers paths.
#[derive(Debug)]
pub struct PrivateDirectory {
    directory: TemporaryDirectory,
    executable: bool,
    /// How many there have been; none where it is closed.
    copies: Mutex<Option<u64>>,
}

/// A copy's file. It goes on drop; what has been loaded from it, or has it open, keeps its bytes.
#[derive(Debug)]
pub(super) struct Kept {
    path: PathBuf,
    /// Where its bytes are held in memory.
    _memory: Option<File>,
}

impl PrivateDirectory {
    /// Makes one in the system's directory for temporary files.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub fn new() -> io::Result<Self> {
        let directory = TemporaryDirectory::new("chaos-kitty-plugins-")?;
        let mount = rustix::fs::statvfs(directory.path())?;
        Ok(Self {
            directory,
            executable: !mount.f_flag.contains(StatVfsMountFlags::NOEXEC),
            copies: Mutex::new(Some(0)),
        })
    }

    /// Holds the copies in memory, as it does by itself where the mount forbids execution. They cost their size in
    /// memory, and what lies in the directory are links to them.
    #[must_use]
    pub fn in_memory(self) -> Self {
        Self { executable: false, ..self }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Removes it, whoever may still hold it: nothing is copied to it any more.
    pub fn close(&self) {
        // Held until it has gone: a copy that is being written would keep it from going.
        let mut copies = self.copies();
        *copies = None;
        let _ = std::fs::remove_dir_all(self.path());
    }

    /// Writes a copy under a name that is never used again: the loader remembers names.
    pub(super) fn keep(&self, bytes: &[u8], name: &str) -> io::Result<Kept> {
        let mut copies = self.copies();
        let Some(number) = *copies else { return Err(io::Error::other("the host is stopping")) };
        *copies = Some(number + 1);
        let path = self.path().join(format!("{number}-{name}.so"));
        let mut kept = Kept { path, _memory: None };
        if self.executable {
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o500).open(&kept.path)?;
            file.write_all(bytes)?;
        } else {
            let memory = in_memory(bytes, name)?;
            // Not /proc/self: a child tries it out first.
            symlink(format!("/proc/{}/fd/{}", std::process::id(), memory.as_raw_fd()), &kept.path)?;
            kept._memory = Some(memory);
        }
        Ok(kept)
    }

    fn copies(&self) -> MutexGuard<'_, Option<u64>> {
        self.copies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// Where it lies, for every process of this user's.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        // It may have gone with its directory.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// For a mount that forbids execution: a file that has no place. It holds the whole library in memory.
fn in_memory(bytes: &[u8], name: &str) -> io::Result<File> {
    let memory = rustix::fs::memfd_create(name, MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
    let mut file = File::from(memory);
    file.write_all(bytes)?;
    rustix::fs::fcntl_add_seals(
        &file,
        SealFlags::WRITE | SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL,
    )?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn nobody_else_can_enter_and_it_goes_on_drop() {
        let private = PrivateDirectory::new().unwrap();
        let path = private.path().to_owned();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        let copies = [b"bytes", b"other"].map(|bytes| private.keep(bytes, "hairball").unwrap());
        let read = copies.each_ref().map(|copy| std::fs::read(copy.path()).unwrap());
        assert_eq!(read, [b"bytes", b"other"], "a name is used once");
        drop(private);
        assert!(!path.exists());
    }

    #[test]
    fn a_copy_that_nobody_needs_goes_and_its_name_is_not_used_again() {
        for private in [PrivateDirectory::new().unwrap(), PrivateDirectory::new().unwrap().in_memory()] {
            let first = private.keep(b"bytes", "hairball").unwrap();
            let name = first.path().to_owned();
            drop(first);
            assert!(name.symlink_metadata().is_err(), "it has gone");
            assert_ne!(private.keep(b"bytes", "hairball").unwrap().path(), name);
            private.close();
            assert!(private.keep(b"bytes", "hairball").is_err() && !private.path().exists());
        }
    }

    #[test]
    fn a_copy_in_memory_is_whole_and_cannot_be_changed() {
        let private = PrivateDirectory::new().unwrap().in_memory();
        let copy = private.keep(b"bytes", "hairball").unwrap();
        assert_eq!(std::fs::read(copy.path()).unwrap(), b"bytes");
        assert!(std::fs::write(copy.path(), b"other").is_err());
    }
}
