//! What the kernel says of a process.

use std::path::Path;
use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::{TimeVal, TimeValLike};
use nix::time::ClockId;
use nix::unistd::Pid;

/// CPU seconds that it has used.
pub fn cpu_seconds(pid: i32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let fields: Vec<f64> = fields.split_whitespace().skip(11).take(2).map(|n| n.parse().unwrap()).collect();
    // Linux counts a hundred to the second, whatever its own clock does.
    fields.iter().sum::<f64>() / 100.0
}

/// CPU time that it and its threads have used, also those that have ended, to the nanosecond.
pub fn cpu_time(pid: i32) -> Duration {
    ClockId::pid_cpu_clock_id(Pid::from_raw(pid)).and_then(ClockId::now).unwrap().into()
}

/// CPU time of the children that this process has waited for, and of theirs.
pub fn cpu_time_of_children() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
    let time = |time: TimeVal| Duration::from_micros(time.num_microseconds().unsigned_abs());
    time(usage.user_time()) + time(usage.system_time())
}

/// What is mapped: from which file, how many bytes of it are resident, and how many of those come from no file.
pub fn mappings(pid: i32) -> Vec<(String, u64, u64)> {
    let mut mappings = Vec::new();
    for line in std::fs::read_to_string(format!("/proc/{pid}/smaps")).unwrap().lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match (&words[..], mappings.last_mut()) {
            (["Rss:", kilobytes, _], Some((_, resident, _))) => *resident = bytes(kilobytes),
            (["Anonymous:", kilobytes, _], Some((_, _, anonymous))) => *anonymous = bytes(kilobytes),
            ([addresses, _, _, _, _, path @ ..], _) if addresses.contains('-') => {
                mappings.push((path.join(" "), 0, 0));
            }
            _ => {}
        }
    }
    mappings
}

fn bytes(kilobytes: &str) -> u64 {
    kilobytes.parse::<u64>().unwrap() * 1024
}

/// Bytes that are resident and come from no file.
pub fn anonymous_bytes(pid: i32) -> u64 {
    mapped(pid, "Anonymous").unwrap()
}

/// The same, where pages that it shares with others count in parts; none of a process that has gone.
pub fn anonymous_share(pid: i32) -> u64 {
    mapped(pid, "Pss_Anon").unwrap_or(0)
}

/// Summed up anew from its pages, while /proc/PID/status counts in batches.
fn mapped(pid: i32, what: &str) -> Option<u64> {
    let rollup = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let line = rollup.lines().find_map(|line| line.strip_prefix(what)?.strip_prefix(':'))?;
    Some(bytes(line.trim().trim_end_matches(" kB")))
}

/// MiB that are resident.
pub fn resident_mb(pid: i32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
}

/// Whether there is such a process, also one that nobody has waited for yet.
pub fn exists(pid: i32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

/// A process and those that it started, and theirs.
pub fn family(pid: i32) -> Vec<i32> {
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    let children = children.split_whitespace().filter_map(|pid| pid.parse().ok());
    std::iter::once(pid).chain(children.flat_map(family)).collect()
}

/// The processes whose environment has this text in it: those that were started with it, and theirs.
pub fn with_environment(text: &str) -> Vec<i32> {
    let pids = std::fs::read_dir("/proc").unwrap().flatten();
    let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let holds = |pid: &i32| {
        let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.windows(text.len()).any(|window| window == text.as_bytes())
    };
    pids.filter(holds).collect()
}

/// The user that this process acts as.
pub fn own_user() -> u32 {
    rustix::process::geteuid().as_raw()
}
