//! The file that a journal is written to: this host's alone, and known to its last byte.

use super::chain::{Link, Sealed};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{FileExt, FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// How much is read at once while the last line is looked for.
const STEP: u64 = 1 << 16;

/// The device number of /dev/null: 1, 3.
const NULL: u64 = (1 << 8) | 3;

/// A file that is open, locked, and ends behind a whole line.
#[derive(Debug)]
pub(super) struct JournalFile {
    path: PathBuf,
    file: File,
    /// Device and inode.
    identity: (u64, u64),
    /// How many bytes of it are whole lines.
    length: u64,
    /// Part of a line may stand behind them.
    is_torn: bool,
    /// A character device: nothing is locked, looked at, cut or renamed.
    is_device: bool,
    /// /dev/null.
    is_null: bool,
}

/// What a file has in it when it is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// Its last whole line; none where it has none.
    pub(super) last: Option<String>,
    /// How many bytes of a line that was never finished were cut off.
    pub(super) torn: u64,
}

/// Where a file is, compared with where it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// There, and as long as we know it to be.
    Same,
    /// There, and somebody else has written into it or cut it.
    Altered,
    /// Removed or renamed.
    Gone,
}

impl JournalFile {
    /// Opens a file, or makes it, and cuts off a line that was never finished.
    ///
    /// # Errors
    /// It is another host's, no journal, or cannot be written: what to do.
    pub(super) fn open(path: &Path) -> io::Result<(Self, Found)> {
        loop {
            let file = OpenOptions::new()
                .read(true)
                .append(true)
                .create(true)
                .mode(0o600)
                // A link would be renamed in place of what it leads to; a pipe would keep us waiting.
                .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
                .open(path)
                .map_err(|error| if error.raw_os_error() == Some(libc::ELOOP) { linked() } else { error })?;
            let metadata = file.metadata()?;
            let (identity, is_device) = (identity(&metadata), metadata.file_type().is_char_device());
            let is_null = is_device && metadata.rdev() == NULL;
            let mut journal =
                Self { path: path.to_owned(), file, identity, length: 0, is_torn: false, is_device, is_null };
            if is_device {
                return Ok((journal, Found { last: None, torn: 0 }));
            }
            if !metadata.is_file() {
                return Err(io::Error::other("it is no regular file: name another"));
            }
            let user = nix::unistd::geteuid();
            if !user.is_root() && metadata.uid() != user.as_raw() {
                return Err(io::Error::other("it is another user's: name another file"));
            }
            journal.lock()?;
            // A host that was just leaving this file behind may have renamed it before we had the lock.
            if journal.named()?.is_some() {
                let found = journal.find(true)?;
                return Ok((journal, found));
            }
        }
    }

    /// Reads the end of a file that has been filled.
    ///
    /// # Errors
    /// It cannot be read, or is no journal.
    pub(super) fn look(path: &Path) -> io::Result<Found> {
        let file = File::open(path)?;
        let identity = identity(&file.metadata()?);
        let (path, is_torn, is_device, is_null) = (path.to_owned(), false, false, false);
        let mut journal = Self { path, file, identity, length: 0, is_torn, is_device, is_null };
        journal.find(false)
    }

    /// Appends lines, with their line breaks: all of them, or nothing.
    ///
    /// # Errors
    /// The system's. What was written of the lines is cut off again, now or before the next.
    pub(super) fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        self.mend()?;
        let mut rest = lines;
        while !rest.is_empty() {
            match self.file.write(rest) {
                // All of it, as a rule; where there is room for a part, the next attempt says what there is none for.
                Ok(written @ 1..) => rest = &rest[written..],
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                failed => {
                    self.is_torn = rest.len() < lines.len();
                    // It succeeds as a rule, and is tried again before the next line where it does not.
                    let _ = self.mend();
                    return Err(failed.err().unwrap_or_else(|| ErrorKind::WriteZero.into()));
                }
            }
        }
        self.length += lines.len() as u64;
        Ok(())
    }

    /// Whether the file is where it was, and as it was left.
    ///
    /// # Errors
    /// Nobody can say.
    pub(super) fn place(&self) -> io::Result<Place> {
        let Some(metadata) = self.named()? else { return Ok(Place::Gone) };
        let is_as_left = self.is_device || self.is_torn || metadata.len() == self.length;
        Ok(if is_as_left { Place::Same } else { Place::Altered })
    }

    /// What is at the path, where it is this file.
    fn named(&self) -> io::Result<Option<fs::Metadata>> {
        match fs::symlink_metadata(&self.path) {
            Ok(metadata) => Ok(Some(metadata).filter(|metadata| identity(metadata) == self.identity)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// How many bytes it has.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Whether it is a device, which nothing is read from and which is never full.
    pub(super) fn is_device(&self) -> bool {
        self.is_device
    }

    /// Whether nothing is kept that is written to it.
    pub(super) fn is_null(&self) -> bool {
        self.is_null
    }

    fn lock(&self) -> io::Result<()> {
        match self.file.try_lock() {
            Ok(()) => Ok(()),
            Err(TryLockError::WouldBlock) => {
                Err(io::Error::other("another host writes it: stop that one, or name another file"))
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Looks for the end of the last whole line, and may cut off what stands behind it.
    fn find(&mut self, may_cut: bool) -> io::Result<Found> {
        let length = self.file.metadata()?.len();
        let whole = self.before(length, |byte| byte == b'\n')?;
        let first = self.line(0, whole.min(STEP))?;
        let first = first.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let is_journal = if whole == 0 {
            Sealed::has_begun(&self.line(0, length.min(STEP))?)
        } else {
            Sealed::has_begun(first)
        };
        if !is_journal {
            return Err(io::Error::other(
                "it is no journal, and is left alone: move it away, or name another file",
            ));
        }
        self.length = whole;
        self.is_torn = may_cut && whole < length;
        self.mend()?;
        let last = match whole {
            0 => None,
            whole => {
                let begin = self.before(whole - 1, |byte| byte == b'\n')?;
                let line = self.line(begin, whole - 1)?;
                Some(String::from_utf8_lossy(&line).into_owned())
            }
        };
        Ok(Found { last, torn: length - whole })
    }

    /// The place behind the last byte before `end` of which `is_it` holds; 0 where there is none.
    fn before(&self, mut end: u64, is_it: impl Fn(u8) -> bool) -> io::Result<u64> {
        while end > 0 {
            let begin = end.saturating_sub(STEP);
            let bytes = self.line(begin, end)?;
            if let Some(at) = bytes.iter().rposition(|byte| is_it(*byte)) {
                return Ok(begin + at as u64 + 1);
            }
            end = begin;
        }
        Ok(0)
    }

    fn line(&self, begin: u64, end: u64) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; (end - begin) as usize];
        self.file.read_exact_at(&mut bytes, begin)?;
        Ok(bytes)
    }

    /// Cuts off what stands behind the last whole line.
    fn mend(&mut self) -> io::Result<()> {
        if self.is_torn && !self.is_device {
            self.file.set_len(self.length)?;
        }
        self.is_torn = false;
        Ok(())
    }
}

impl Found {
    /// What the next line is linked to.
    ///
    /// # Errors
    /// The last line is damaged.
    pub(super) fn link(&self) -> io::Result<Option<Link>> {
        let Some(last) = &self.last else { return Ok(None) };
        match Sealed::read(last) {
            Some(sealed) => Ok(Some(sealed.link)),
            None => Err(io::Error::other(
                "its last line is damaged: see what `chaos-kitty journal verify` says of it, and move it away",
            )),
        }
    }
}

fn identity(metadata: &fs::Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

fn linked() -> io::Error {
    io::Error::other("it is a symbolic link: name the file that it leads to")
}
