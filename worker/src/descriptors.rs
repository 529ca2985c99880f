//! File descriptors that are held so that nobody else has them.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::io::{Errno, fcntl_dupfd_cloexec};
use rustix::process::{Resource, getrlimit};

/// The most that are taken. Beyond it the kernel's own table of them would be the load, and not their scarcity.
pub(crate) const MOST: u64 = 1 << 20;
/// What of them is open.
const OPEN: &str = "/proc/self/fd";
/// Between two looks at whether it is still wanted.
const AT_A_TIME: usize = 1024;
/// The application may open and close some meanwhile: so often it is counted anew.
const ROUNDS: usize = 3;

/// Descriptors of `/dev/null`, below the soft limit that the process has for them. Dropping it gives them back. No program
/// that is started meanwhile inherits one; a child that is forked and goes on without exec has copies of its own.
pub(crate) struct Descriptors {
    taken: Vec<OwnedFd>,
    left: u64,
}

impl Descriptors {
    /// How many would have to be taken so that `leave` are free.
    ///
    /// # Errors
    /// Where /proc cannot be read.
    pub(crate) fn needed(leave: u64) -> io::Result<u64> {
        Ok(Numbers::read()?.free()?.saturating_sub(leave))
    }

    /// Takes descriptors until `leave` are free, `stop` says so, or there are no more to be had.
    ///
    /// # Errors
    /// Where /proc cannot be read.
    pub(crate) fn take(leave: u64, stop: impl Fn() -> bool) -> io::Result<Self> {
        let numbers = Numbers::read()?;
        let mut own = Self { taken: Vec::new(), left: numbers.free()? };
        for _ in 0..ROUNDS {
            match own.left.checked_sub(leave) {
                Some(0) => break,
                Some(more) => own.grow(more.min(MOST), &stop)?,
                None => own.taken.truncate(own.taken.len().saturating_sub((leave - own.left) as usize)),
            }
            own.left = numbers.free()?;
        }
        Ok(own)
    }

    fn grow(&mut self, more: u64, stop: &impl Fn() -> bool) -> io::Result<()> {
        for number in 0..more as usize {
            if number % AT_A_TIME == 0 && stop() {
                break;
            }
            let one = match self.taken.first() {
                Some(first) => fcntl_dupfd_cloexec(first.as_fd(), 0).map_err(io::Error::from),
                None => File::open("/dev/null").map(OwnedFd::from),
            };
            match one {
                Ok(one) => self.taken.push(one),
                Err(error) if are_none_left(&error) => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// How many are held.
    pub(crate) fn taken(&self) -> u64 {
        self.taken.len() as u64
    }

    /// How many were free when all were taken.
    pub(crate) fn left(&self) -> u64 {
        self.left
    }
}

/// The numbers that descriptors can have here.
#[derive(Clone, Copy)]
struct Numbers {
    /// Those below it are given out: the soft limit.
    limit: u64,
    /// How many are in use from it on: the limit was higher once, or is another's who started us.
    beyond: u64,
}

impl Numbers {
    fn read() -> io::Result<Self> {
        let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
        let beyond = match numbers_in_use() {
            Ok(numbers) => numbers.filter(|number| *number >= limit).count() as u64,
            Err(error) if are_none_left(&error) => 0,
            Err(error) => return Err(error),
        };
        Ok(Self { limit, beyond })
    }

    /// How many are free now.
    fn free(self) -> io::Result<u64> {
        // Since Linux 6.2 the directory's size says it, in one call; before that its entries have to be counted.
        let used = match std::fs::metadata(OPEN)?.len() {
            0 => match numbers_in_use() {
                Ok(numbers) => (numbers.count() as u64).saturating_sub(1), // without the one that reads
                Err(error) if are_none_left(&error) => return Ok(0),
                Err(error) => return Err(error),
            },
            used => used,
        };
        Ok(self.limit.saturating_sub(used.saturating_sub(self.beyond)))
    }
}

fn numbers_in_use() -> io::Result<impl Iterator<Item = u64>> {
    let names = std::fs::read_dir(OPEN)?;
    Ok(names.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()))
}

/// Whether there is none to be had: by the process's own limit, by the system's, or for want of memory.
pub(crate) fn are_none_left(error: &io::Error) -> bool {
    let errno = error.raw_os_error().map(Errno::from_raw_os_error);
    matches!(errno, Some(Errno::MFILE | Errno::NFILE | Errno::NOMEM))
}
