//! Where the copies lie that are really loaded.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::fd::{AsRawFd, IntoRawFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

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
    copies: AtomicU64,
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
            copies: AtomicU64::new(0),
        })
    }

    /// Holds the copies in memory, as it does by itself where the mount forbids execution. They cost their size in
    /// memory, and leave no file behind even if the process is killed.
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
        let _ = std::fs::remove_dir_all(self.path());
    }

    /// Writes a copy under a name that is never used again, and answers what to load.
    pub(super) fn keep(&self, bytes: &[u8], name: &str) -> io::Result<PathBuf> {
        if !self.executable {
            return in_memory(bytes, name);
        }
        let number = self.copies.fetch_add(1, Ordering::Relaxed);
        let path = self.path().join(format!("{number}-{name}.so"));
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o500).open(&path)?;
        file.write_all(bytes)?;
        Ok(path)
    }
}

/// For a mount that forbids execution: a file that has no place. It holds the whole library in memory.
fn in_memory(bytes: &[u8], name: &str) -> io::Result<PathBuf> {
    let memory = rustix::fs::memfd_create(name, MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
    let mut file = std::fs::File::from(memory);
    file.write_all(bytes)?;
    rustix::fs::fcntl_add_seals(
        &file,
        SealFlags::WRITE | SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL,
    )?;
    // Not /proc/self: a child tries it out first.
    let path = PathBuf::from(format!("/proc/{}/fd/{}", std::process::id(), file.as_raw_fd()));
    // Open for ever: the loader remembers the path, and a number used again would answer the old library.
    let _ = file.into_raw_fd();
    Ok(path)
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
        assert_eq!(
            copies.map(|copy| std::fs::read(copy).unwrap()),
            [b"bytes", b"other"],
            "a name is used once"
        );
        drop(private);
        assert!(!path.exists());
    }

    #[test]
    fn a_copy_in_memory_is_whole_and_cannot_be_changed() {
        let path = in_memory(b"bytes", "hairball").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"bytes");
        assert!(std::fs::write(&path, b"other").is_err());
    }
}
