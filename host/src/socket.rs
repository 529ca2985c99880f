//! The socket that the host serves on: one host, its own user's alone.

use nix::errno::Errno;
use nix::sys::socket::{self, AddressFamily, Backlog, SockFlag, SockType, UnixAddr};
use nix::sys::stat::{Mode, fchmod};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use tokio::net::UnixListener;

/// The socket where nothing else is said.
pub const DEFAULT: &str = "chaos_kitty.ipc";

/// The longest path of a Unix socket, in bytes: sun_path without its closing zero.
const LONGEST_PATH: usize = 107;

/// A listening socket with its lock. Dropping it removes both files.
#[derive(Debug)]
pub struct Socket {
    listener: UnixListener,
    path: PathBuf,
    _lock: Lock,
}

impl Socket {
    /// Listens at a path. A socket that a dead host left is replaced; a live one is never taken over.
    ///
    /// # Errors
    /// What stands in the way, and what to do.
    pub fn bind(path: &Path) -> io::Result<Self> {
        let say =
            |kind: io::ErrorKind, why: String| io::Error::new(kind, format!("{}: {why}", path.display()));
        if path.as_os_str().len() > LONGEST_PATH {
            let why = format!("a socket's path has at most {LONGEST_PATH} bytes: choose a shorter --socket");
            return Err(say(io::ErrorKind::InvalidInput, why));
        }
        let lock_path = path.with_added_extension("lock");
        let lock = lock_file(&lock_path).map_err(|error| {
            say(error.kind(), format!("the lock {} cannot be taken: {error}", lock_path.display()))
        })?;
        match lock {
            None => {
                let why = "another host serves here: stop it, or choose another --socket";
                Err(say(io::ErrorKind::AddrInUse, why.to_owned()))
            }
            Some(lock) => {
                // From here on, whatever goes wrong, the lock's file goes too.
                let lock = Lock { path: lock_path, _file: lock };
                remove_stale(path).map_err(|error| say(error.kind(), error.to_string()))?;
                let listener = listen(path).map_err(|error| say(error.kind(), error.to_string()))?;
                Ok(Self { listener, path: path.to_owned(), _lock: lock })
            }
        }
    }

    /// Where connections come from.
    pub fn listener(&self) -> &UnixListener {
        &self.listener
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // The lock goes after it: until then no other host looks at the socket's file.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// The lock beside a socket, held by the kernel: a host that was killed leaves none behind. Dropping it removes the file.
#[derive(Debug)]
struct Lock {
    path: PathBuf,
    _file: File,
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// The lock, or none where another host holds it.
fn lock_file(path: &Path) -> io::Result<Option<File>> {
    loop {
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Ok(None),
            Err(std::fs::TryLockError::Error(error)) => return Err(error),
        }
        // A host that ended meanwhile may have removed the file that we locked: then somebody else can lock the next.
        if same_file(&file, path) {
            return Ok(Some(file));
        }
    }
}

fn same_file(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(held), Ok(named)) => (held.dev(), held.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}

/// Removes what a dead host left. Only a socket is removed, and only one that nobody listens on.
fn remove_stale(path: &Path) -> io::Result<()> {
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
        Ok(metadata) if !metadata.file_type().is_socket() => {
            let why = "there is a file here that is no socket: move it away, or choose another --socket";
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, why));
        }
        Ok(_) => {}
    }
    // Without blocking: somebody whose backlog is full would hold us up for as long as it likes.
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let probe = socket::socket(AddressFamily::Unix, SockType::Stream, flags, None)?;
    match socket::connect(probe.as_raw_fd(), &UnixAddr::new(path)?) {
        Err(Errno::ECONNREFUSED) => std::fs::remove_file(path),
        // Another program's, or a Ruby ChaosKitty's, which takes no lock; EAGAIN, a full backlog, is alive too.
        _ => {
            let why = "somebody serves here: stop it, or choose another --socket";
            Err(io::Error::new(io::ErrorKind::AddrInUse, why))
        }
    }
}

/// How many connections may wait to be accepted; a full backlog answers EAGAIN, and workers come again.
const BACKLOG: i32 = 4096;

/// Listens, with mode 0600 from the first moment on: Linux gives the file the mode of the socket that is bound, so it
/// takes no umask, which is the whole process's.
fn listen(path: &Path) -> io::Result<UnixListener> {
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let socket = socket::socket(AddressFamily::Unix, SockType::Stream, flags, None)?;
    fchmod(&socket, Mode::S_IRUSR | Mode::S_IWUSR)?;
    socket::bind(socket.as_raw_fd(), &UnixAddr::new(path)?)?;
    socket::listen(&socket, Backlog::new(BACKLOG)?)?;
    UnixListener::from_std(socket.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[tokio::test]
    async fn it_is_the_users_alone_and_leaves_nothing_behind() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("chaos.ipc");
        let socket = Socket::bind(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        drop(socket);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn of_two_hosts_one_serves() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("chaos.ipc");
        let first = Socket::bind(&path).unwrap();
        let error = Socket::bind(&path).unwrap_err();
        assert!(error.to_string().contains("another host serves here"), "{error}");
        drop(first);
        Socket::bind(&path).unwrap();
    }

    #[tokio::test]
    async fn a_dead_hosts_socket_is_replaced_and_a_live_strangers_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("chaos.ipc");
        let stranger = std::os::unix::net::UnixListener::bind(&path).unwrap();
        assert!(Socket::bind(&path).unwrap_err().to_string().contains("somebody serves here"));
        drop(stranger);
        Socket::bind(&path).unwrap();
    }

    #[tokio::test]
    async fn a_file_that_is_no_socket_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("notes.txt");
        std::fs::write(&path, "mine").unwrap();
        assert!(Socket::bind(&path).unwrap_err().to_string().contains("no socket"));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1, "no lock is left");
    }

    #[test]
    fn a_path_that_is_too_long_is_named() {
        let path = PathBuf::from(format!("/tmp/{}", "x".repeat(120)));
        assert!(Socket::bind(&path).unwrap_err().to_string().contains("107"));
    }
}
