//! The file descriptors that this process may have. Each victim takes two, a socket and a pidfd.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::os::fd::{AsFd, AsRawFd};

/// What connections leave to the rest of the host: signals, plugins and the roster read files.
const RESERVE: u64 = 64;

/// How many there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Descriptors {
    limit: u64,
}

impl Descriptors {
    /// Raises this process's limit as far as it may be raised: the soft one is meant for programs that use select(2).
    pub(crate) fn raised() -> Self {
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).is_ok();
        Self { limit: if raised { maximum } else { current }.unwrap_or(u64::MAX) }
    }

    /// How many there may be.
    pub(crate) fn limit(self) -> u64 {
        self.limit
    }

    /// Whether this one is of the last: the kernel always gives the lowest number that is free.
    pub(crate) fn are_scarce(self, last: &impl AsFd) -> bool {
        let number = last.as_fd().as_raw_fd().unsigned_abs();
        u64::from(number) + RESERVE >= self.limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_ones_are_known_by_their_number() {
        let file = std::fs::File::open("/dev/null").unwrap();
        let number = u64::from(file.as_raw_fd().unsigned_abs());
        assert!(Descriptors { limit: number + RESERVE }.are_scarce(&file));
        assert!(!Descriptors { limit: number + RESERVE + 1 }.are_scarce(&file));
    }

    #[test]
    fn the_limit_is_as_high_as_it_may_be() {
        let limit = Descriptors::raised().limit();
        assert_eq!(Some(limit), getrlimit(Resource::Nofile).current.or(Some(u64::MAX)));
    }
}
