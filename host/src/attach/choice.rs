//! Of those that are meant, the one that is to be attached: never a guess.

use crate::identity::{Stat, says_it_has_ended};
use nix::unistd::{Uid, User};
use serde::{Deserialize, Serialize};
use std::io;
use std::os::unix::fs::MetadataExt;

/// The longest command line that is shown.
const LONGEST: usize = 200;

/// A process that may be meant, as an operator is shown it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ListedProcess {
    pub(crate) pid: i32,
    /// The name of its user, or the number where that has none.
    pub(crate) user: String,
    /// Its command line, or its name in brackets where it has none.
    pub(crate) command: String,
}

/// The one among several that has started all others, directly or by one of them: what started its workers is what they are. None
/// where there is no such one. Init does not count where there is anybody else: what it has started is not what it is.
pub(super) fn the_one(pids: &[i32]) -> Option<i32> {
    let meant: Vec<i32> = pids.iter().copied().filter(|pid| *pid != 1 || pids.len() == 1).collect();
    let parent = |pid: i32| Stat::read(pid).ok().map(|stat| stat.parent);
    let is_first = |pid: &i32| parent(*pid).is_none_or(|parent| !meant.contains(&parent));
    let mut first = meant.iter().copied().filter(is_first);
    first.next().filter(|_| first.next().is_none())
}

impl ListedProcess {
    /// Nothing where it has ended.
    ///
    /// # Errors
    /// It may still be there, and cannot be looked at.
    pub(super) fn of(pid: i32) -> io::Result<Option<Self>> {
        match Self::read(pid) {
            Ok(listed) => Ok(Some(listed)),
            Err(error) if says_it_has_ended(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn read(pid: i32) -> io::Result<Self> {
        let uid = std::fs::metadata(format!("/proc/{pid}"))?.uid();
        let user = User::from_uid(Uid::from_raw(uid)).ok().flatten();
        let words = std::fs::read(format!("/proc/{pid}/cmdline"))?;
        let words = String::from_utf8_lossy(&words).trim_end_matches('\0').replace('\0', " ");
        let command = match words.is_empty() {
            true => format!("[{}]", Stat::read(pid)?.comm),
            false => words,
        };
        let short: String = command.chars().take(LONGEST).collect();
        let command = if short.len() < command.len() { format!("{short}…") } else { short };
        Ok(Self { pid, user: user.map_or_else(|| uid.to_string(), |user| user.name), command })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ancestor_of_all_others_is_the_one() {
        let start = || std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let (mut one, mut other) = (start(), start());
        let (own, pids) = (std::process::id() as i32, [one.id() as i32, other.id() as i32]);
        assert_eq!(the_one(&[pids[0], own, pids[1]]), Some(own));
        assert_eq!(the_one(&pids), None, "of two brothers none is");
        assert_eq!(the_one(&pids[..1]), Some(pids[0]));
        // In the middle of an exec a process has no command line yet.
        let listed = || ListedProcess::of(pids[0]).unwrap().unwrap();
        while listed().command.starts_with('[') {
            std::thread::yield_now();
        }
        assert_eq!((listed().pid, &*listed().command), (pids[0], "sleep 60"));
        for child in [&mut one, &mut other] {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        assert_eq!(ListedProcess::of(i32::MAX).unwrap(), None);
    }
}
