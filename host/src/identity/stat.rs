//! `/proc/PID/stat`: one line that tells whose child a process is, what it does, and what it has used.

use nix::unistd::{SysconfVar, sysconf};
use std::io;
use std::sync::OnceLock;

/// What `/proc/PID/stat` says, in our units.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stat {
    /// The name of the executable, as the kernel shortens it to 15 bytes.
    pub(crate) comm: String,
    /// What it does, as a letter: `R`, `S`, `T` (stopped), `Z` (ended, and nobody has waited for it) …
    pub(crate) state: char,
    pub(crate) parent: i32,
    /// Clock ticks after boot; with the pid it names a process once and for all.
    pub(crate) start_time: u64,
    /// CPU seconds of all its threads, to a hundredth, also of those that have ended.
    pub(crate) cpu_seconds: f64,
    /// CPU seconds of the children that it has waited for, and of theirs.
    pub(crate) cpu_seconds_of_children: f64,
    /// MiB that are resident, as the kernel counts them in batches.
    pub(crate) resident_mb: f64,
}

impl Stat {
    /// # Errors
    /// `NotFound` where there is no such process, `InvalidData` where the kernel's text is not what proc(5) says.
    pub(crate) fn read(pid: i32) -> io::Result<Self> {
        let text = std::fs::read(format!("/proc/{pid}/stat"))?;
        Self::parse(&String::from_utf8_lossy(&text)).ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidData, format!("/proc/{pid}/stat is not as proc(5) says"))
        })
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        // comm may hold anything, closing parentheses too: the last one ends it.
        let (head, tail) = text.rsplit_once(')')?;
        let (_, comm) = head.split_once('(')?;
        let fields: Vec<&str> = tail.split_ascii_whitespace().collect();
        let number = |at: usize| fields.get(at)?.parse::<i64>().ok();
        let ticks = |at: usize| Some((number(at)? + number(at + 1)?) as f64 / ticks_per_second());
        Some(Self {
            comm: comm.to_owned(),
            state: fields.first()?.chars().next()?,
            parent: number(1)?.try_into().ok()?,
            start_time: number(19)?.try_into().ok()?,
            cpu_seconds: ticks(11)?,
            cpu_seconds_of_children: ticks(13)?,
            resident_mb: number(21)? as f64 * page_mb(),
        })
    }
}

fn ticks_per_second() -> f64 {
    static TICKS: OnceLock<f64> = OnceLock::new();
    *TICKS.get_or_init(|| configured(SysconfVar::CLK_TCK, 100))
}

fn page_mb() -> f64 {
    static PAGE: OnceLock<f64> = OnceLock::new();
    *PAGE.get_or_init(|| configured(SysconfVar::PAGE_SIZE, 4096) / (1 << 20) as f64)
}

fn configured(what: SysconfVar, usually: i64) -> f64 {
    sysconf(what).ok().flatten().unwrap_or(usually) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_a_parent_memory_and_no_stop() {
        let stat = Stat::read(std::process::id() as i32).unwrap();
        assert_eq!(stat.parent, std::os::unix::process::parent_id() as i32);
        assert!(stat.start_time > 0 && stat.resident_mb > 0.1 && stat.state != 'T', "{stat:?}");
    }

    #[test]
    fn a_comm_with_parentheses_and_blanks_moves_no_field() {
        let text = "7 (a) S 1 (b) T 4 7 7 0 -1 0 0 0 0 0 150 50 25 0 20 0 1 0 991 0 512";
        let stat = Stat::parse(text).unwrap();
        assert_eq!((stat.comm.as_str(), stat.state, stat.parent), ("a) S 1 (b", 'T', 4));
        assert_eq!((stat.start_time, stat.cpu_seconds, stat.cpu_seconds_of_children), (991, 2.0, 0.25));
        assert!((stat.resident_mb - 512.0 * page_mb()).abs() < 1e-9);
    }

    #[test]
    fn text_that_is_no_stat_is_nothing() {
        assert_eq!(Stat::parse(""), None);
        assert_eq!(Stat::parse("7 (a) S"), None);
    }
}
