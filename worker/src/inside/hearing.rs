//! Whether a program can be told by a signal that it is to look at the table.

use std::fs;

/// SIGURG, and who would get it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hearing {
    /// The library's handler, or one after it.
    Hears,
    /// Nobody now: all threads block it. One that waits for signals would take it for somebody else's.
    Blocks,
    /// Nobody has a handler: the library is not in what is executed there.
    Deaf,
}

impl Hearing {
    /// That of the process with this pid, by what the kernel says.
    pub(super) fn of(process_id: u32) -> Hearing {
        let tasks = fs::read_dir(format!("/proc/{process_id}/task")).into_iter().flatten().flatten();
        let statuses = tasks.filter_map(|task| fs::read_to_string(task.path().join("status")).ok());
        Hearing::by(statuses)
    }

    /// By those of its threads.
    fn by(statuses: impl Iterator<Item = String>) -> Hearing {
        let mut hearing = Hearing::Deaf;
        for status in statuses {
            match (has(&status, "SigCgt:"), has(&status, "SigBlk:")) {
                (true, false) => return Hearing::Hears,
                (true, true) => hearing = Hearing::Blocks,
                (false, _) => {}
            }
        }
        hearing
    }
}

/// Whether it is in this set of signals, of which the last digit has the first ones.
fn has(status: &str, set: &str) -> bool {
    let line = status.lines().find_map(|line| line.strip_prefix(set));
    let signals = line.and_then(|signals| u64::from_str_radix(signals.trim(), 16).ok());
    signals.is_some_and(|signals| signals & (1 << (libc::SIGURG - 1)) != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(blocked: u64, caught: u64) -> String {
        format!("Name:\tx\nSigBlk:\t{blocked:016x}\nSigIgn:\t0000000000000000\nSigCgt:\t{caught:016x}\n")
    }

    #[test]
    fn a_thread_that_does_not_block_it_hears_it_where_there_is_a_handler() {
        const URGENT: u64 = 1 << 22;
        let by =
            |all: &[(u64, u64)]| Hearing::by(all.iter().map(|(blocked, caught)| status(*blocked, *caught)));
        assert_eq!(by(&[(0, URGENT)]), Hearing::Hears);
        assert_eq!(by(&[(URGENT, URGENT), (!URGENT, !0)]), Hearing::Hears);
        assert_eq!(by(&[(!0, URGENT), (URGENT, URGENT)]), Hearing::Blocks);
        assert_eq!(by(&[(0, !URGENT)]), Hearing::Deaf);
        assert_eq!(by(&[]), Hearing::Deaf);
    }
}
