//! What the kernel says of a process.

use std::path::Path;
use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::{TimeVal, TimeValLike};
use nix::time::ClockId;
use nix::unistd::Pid;

/// CPU seconds that it has used.
pub fn cpu_seconds(pid: i32) -> f64 {
    seconds(pid, 11)
}

/// CPU seconds that its children have used, those that it has reaped.
pub fn cpu_seconds_of_children(pid: i32) -> f64 {
    seconds(pid, 13)
}

/// Two fields of its stat, user and system time, the first being this one after the name.
fn seconds(pid: i32, field: usize) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let fields: Vec<f64> =
        fields.split_whitespace().skip(field).take(2).map(|n| n.parse().unwrap()).collect();
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
    memory_mb(pid, "VmRSS:")
}

/// Whether so many MiB are resident; not of a process that has gone.
pub fn has_resident(pid: i32, mb: f64) -> bool {
    status(pid, "VmRSS:").is_some_and(|resident| resident >= mb)
}

/// MiB that were resident at most, since [`forget_peak`].
pub fn peak_mb(pid: i32) -> f64 {
    memory_mb(pid, "VmHWM:")
}

/// From here on the peak is counted anew; where the kernel does not allow that, it is the peak of a whole life.
pub fn forget_peak(pid: i32) {
    let _ = std::fs::write(format!("/proc/{pid}/clear_refs"), "5");
}

fn memory_mb(pid: i32, name: &str) -> f64 {
    status(pid, name).unwrap()
}

/// A line of its status, in MiB; none of one that has ended.
fn status(pid: i32, name: &str) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0)
}

/// The name of its executable, of 15 bytes at most.
pub fn name(pid: i32) -> Option<String> {
    Some(std::fs::read_to_string(format!("/proc/{pid}/comm")).ok()?.trim_end().to_owned())
}

/// Whether it has ended, and nobody has waited for it.
pub fn is_zombie(pid: i32) -> bool {
    state(Path::new(&format!("/proc/{pid}"))) == Some('Z')
}

/// Whether there is such a process, also one that nobody has waited for yet.
pub fn exists(pid: i32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

/// Whether it is stopped: all its threads are, but for those that have ended.
pub fn is_stopped(pid: i32) -> bool {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let states: Vec<_> = threads.filter_map(|thread| state(&thread.path())).collect();
    states.contains(&'T') && states.iter().all(|state| "TZX".contains(*state))
}

/// How many descriptors it has open.
pub fn descriptors(pid: i32) -> usize {
    std::fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, Iterator::count)
}

/// The parent of a process that is there, be it as a zombie.
pub fn parent(pid: i32) -> Option<i32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

fn state(folder: &Path) -> Option<char> {
    let stat = std::fs::read_to_string(folder.join("stat")).ok()?;
    stat.rsplit_once(')')?.1.trim_start().chars().next()
}

/// A process and those that it started, and theirs.
pub fn family(pid: i32) -> Vec<i32> {
    // Each thread has those that it has started.
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let children = threads.filter_map(|thread| std::fs::read_to_string(thread.path().join("children")).ok());
    let children: Vec<i32> = children
        .flat_map(|all| all.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>())
        .collect();
    std::iter::once(pid).chain(children.into_iter().flat_map(family)).collect()
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

/// Its children, zombies among them.
pub fn children(pid: i32) -> Vec<i32> {
    let pids = std::fs::read_dir("/proc").unwrap().flatten();
    let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|child| parent(*child) == Some(pid)).collect()
}

/// Whether a signal was sent to it that it has not taken yet.
pub fn has_pending(pid: i32, signal: rustix::process::Signal) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("ShdPnd:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask & (1 << (signal.as_raw() - 1)) != 0
}
