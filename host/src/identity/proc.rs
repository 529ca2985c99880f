//! What `/proc/PID` says of a process.

use super::stat::Stat;
use nix::sys::signal::Signal;
use std::{fmt, io};

/// The part of `/proc/PID/stat` and `/proc/PID/status` that tells who a process is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    /// The name of the executable, as the kernel shortens it to 15 bytes.
    pub(crate) comm: String,
    pub(crate) parent: i32,
    /// Clock ticks after boot; with the pid it names a process once and for all.
    pub(crate) start_time: u64,
    /// Real and effective user.
    pub(crate) uids: [u32; 2],
    /// The pid in each pid namespace, from ours to the process's own.
    pub(crate) namespace_pids: Vec<i32>,
    /// Signals pending for the process, blocked (by its main thread), ignored and caught: a bit each, bit 0 is signal 1.
    pub(crate) pending: u64,
    pub(crate) blocked: u64,
    pub(crate) ignored: u64,
    pub(crate) caught: u64,
}

impl Facts {
    /// # Errors
    /// `NotFound` where there is no such process, `InvalidData` where the kernel's text is not what proc(5) says.
    pub(crate) fn read(pid: i32) -> io::Result<Self> {
        let stat = std::fs::read(format!("/proc/{pid}/stat"))?;
        let status = std::fs::read(format!("/proc/{pid}/status"))?;
        parse(&String::from_utf8_lossy(&stat), &String::from_utf8_lossy(&status)).ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                format!("/proc/{pid}/stat or status is not as proc(5) says"),
            )
        })
    }

    /// Whether a signal has been sent and not yet been delivered.
    pub(super) fn has_pending(&self, signal: Signal) -> bool {
        self.pending & bit(signal) != 0
    }

    /// The pid that the process has in its own namespace.
    pub(crate) fn own_pid(&self) -> Option<i32> {
        self.namespace_pids.last().copied()
    }
}

/// Whether this failure says that the process has ended. Any other, as for want of descriptors, says nothing about it.
pub(crate) fn says_it_has_ended(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound || error.raw_os_error() == Some(libc::ESRCH)
}

/// What there is to say where a process cannot be taken hold of.
pub(crate) fn unseen(pid: impl fmt::Display, error: &io::Error) -> String {
    if says_it_has_ended(error) {
        format!("process {pid} has exited")
    } else {
        format!("process {pid} cannot be looked at: {error}")
    }
}

/// A signal's place in the masks.
pub(super) fn bit(signal: Signal) -> u64 {
    1 << (signal as u32 - 1)
}

fn parse(stat: &str, status: &str) -> Option<Facts> {
    let Stat { comm, parent, start_time, .. } = Stat::parse(stat)?;
    let line = |name: &str| {
        status.lines().find_map(|line| line.strip_prefix(name).and_then(|rest| rest.strip_prefix(':')))
    };
    let mask = |name: &str| line(name).and_then(|text| u64::from_str_radix(text.trim(), 16).ok());
    let mut uids = line("Uid")?.split_ascii_whitespace().map(str::parse);
    Some(Facts {
        comm,
        parent,
        start_time,
        uids: [uids.next()?.ok()?, uids.next()?.ok()?],
        // Before Linux 4.1 the line is missing: then there is nothing to compare a claim with.
        namespace_pids: line("NSpid")
            .unwrap_or_default()
            .split_ascii_whitespace()
            .filter_map(|pid| pid.parse().ok())
            .collect(),
        pending: mask("ShdPnd")?,
        blocked: mask("SigBlk")?,
        ignored: mask("SigIgn")?,
        caught: mask("SigCgt")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_reads_as_itself() {
        let pid = std::process::id() as i32;
        let facts = Facts::read(pid).unwrap();
        assert_eq!(facts.namespace_pids.first(), Some(&pid));
        assert_eq!(facts.parent, std::os::unix::process::parent_id() as i32);
        assert!(facts.start_time > 0);
    }

    #[test]
    fn a_comm_with_parentheses_and_blanks_moves_no_field() {
        let stat = "7 (a) S 1 (b) S 4 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 991 0 0";
        let status = "Uid:\t1000\t1001\t1000\t1000\nNSpid:\t7\t1\nShdPnd:\t0\nSigBlk:\t0000000000000001\nSigIgn:\t0\nSigCgt:\t4000\n";
        let facts = parse(stat, status).unwrap();
        assert_eq!((facts.comm.as_str(), facts.parent, facts.start_time), ("a) S 1 (b", 4, 991));
        assert_eq!((facts.uids, facts.own_pid()), ([1000, 1001], Some(1)));
        assert_eq!((facts.blocked, facts.ignored, facts.caught), (1, 0, 0x4000));
    }

    #[test]
    fn only_who_is_not_there_has_exited() {
        for ended in [libc::ENOENT, libc::ESRCH] {
            assert_eq!(unseen(7, &io::Error::from_raw_os_error(ended)), "process 7 has exited");
        }
        for unsaid in [libc::EMFILE, libc::ENFILE, libc::EACCES, libc::EPERM, libc::ENOMEM] {
            let why = unseen(7, &io::Error::from_raw_os_error(unsaid));
            assert!(why.starts_with("process 7 cannot be looked at: "), "{why}");
        }
    }

    #[test]
    fn text_that_is_no_stat_is_nothing() {
        assert_eq!(parse("", ""), None);
        assert_eq!(parse("7 (a) S", "Uid:\t0\t0"), None);
    }
}
