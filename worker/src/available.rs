//! How much memory there is to take: the machine's, and what our control groups leave of it.

use std::fs::read_to_string;
use std::io;
use std::path::Path;

use crate::descriptors::are_none_left;

/// Bytes that could be made resident now; `None` where the kernel does not say.
///
/// # Errors
/// There is no descriptor left to look with: that is no word of the kernel's that nothing is bounded.
pub(crate) fn available() -> io::Result<Option<u64>> {
    available_in("self")
}

/// The same for the process of this pid, in its control groups.
#[cfg(feature = "cli")]
pub(crate) fn available_to(process: u32) -> io::Result<Option<u64>> {
    available_in(&process.to_string())
}

fn available_in(process: &str) -> io::Result<Option<u64>> {
    let machine = look("/proc/meminfo")?.and_then(|text| field(&text, "MemAvailable:", 1024));
    let groups = look(&format!("/proc/{process}/cgroup"))?;
    let group = groups.and_then(|groups| in_groups(&groups, Path::new("/sys/fs/cgroup")));
    Ok(machine.into_iter().chain(group).min())
}

fn look(file: &str) -> io::Result<Option<String>> {
    match read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if are_none_left(&error) => Err(error),
        Err(_) => Ok(None),
    }
}

/// Bytes that are resident in this process, exactly, or as nearly as the kernel will say.
pub(crate) fn resident() -> Option<u64> {
    let rollup = read_to_string("/proc/self/smaps_rollup").ok().and_then(|text| field(&text, "Rss:", 1024));
    rollup.or_else(|| {
        let statm = read_to_string("/proc/self/statm").ok()?;
        let pages: u64 = statm.split_whitespace().nth(1)?.parse().ok()?;
        Some(pages * rustix::param::page_size() as u64)
    })
}

/// The least that any of our control groups, v1 or v2, or any above it, leaves.
fn in_groups(groups: &str, mount: &Path) -> Option<u64> {
    let rooms = groups.lines().filter_map(|line| {
        let mut parts = line.splitn(3, ':');
        let (_, controllers, path) = (parts.next()?, parts.next()?, parts.next()?);
        let (mount, limit, usage) = if controllers.is_empty() {
            (mount.to_owned(), "memory.max", "memory.current")
        } else if controllers.split(',').any(|controller| controller == "memory") {
            (mount.join("memory"), "memory.limit_in_bytes", "memory.usage_in_bytes")
        } else {
            return None;
        };
        // A container may see the path of the outside, which is not there: what is there above it counts still.
        let group = mount.join(path.trim_start_matches('/'));
        let above = group.ancestors().take_while(|group| group.starts_with(&mount));
        above.filter_map(|group| room(group, limit, usage)).min()
    });
    rooms.min()
}

fn room(group: &Path, limit: &str, usage: &str) -> Option<u64> {
    let number = |file: &str| read_to_string(group.join(file)).ok()?.trim().parse::<u64>().ok();
    let (limit, usage) = (number(limit)?, number(usage)?); // "max" is no number: no limit
    // The page cache that nobody used lately is charged to the group, and is dropped before anyone starves.
    let statistics = read_to_string(group.join("memory.stat")).unwrap_or_default();
    let cache =
        field(&statistics, "total_inactive_file", 1).or_else(|| field(&statistics, "inactive_file", 1));
    Some(limit.saturating_sub(usage.saturating_sub(cache.unwrap_or(0))))
}

fn field(text: &str, name: &str, unit: u64) -> Option<u64> {
    let line = text.lines().find(|line| line.split_whitespace().next() == Some(name))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? * unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn write(folder: &Path, files: &[(&str, &str)]) {
        fs::create_dir_all(folder).unwrap();
        for (name, text) in files {
            fs::write(folder.join(name), text).unwrap();
        }
    }

    #[test]
    fn this_machine_says_something() {
        assert!(available().unwrap().unwrap() > 0);
        assert!(resident().unwrap() > 0);
    }

    #[test]
    fn the_tightest_group_on_the_way_up_decides() {
        let mount = tempfile::tempdir().unwrap();
        let inner = mount.path().join("outer/inner");
        write(&inner, &[("memory.max", "max\n"), ("memory.current", "10\n")]);
        let outer = [
            ("memory.max", "1000\n"),
            ("memory.current", "700\n"),
            ("memory.stat", "anon 9\ninactive_file 100\n"),
        ];
        write(&mount.path().join("outer"), &outer);
        assert_eq!(in_groups("0::/outer/inner\n", mount.path()), Some(400));
        assert_eq!(in_groups("0::/outer/inner/not/seen/here\n", mount.path()), Some(400));
        assert_eq!(in_groups("0::/\n", mount.path()), None);
    }

    #[test]
    fn the_first_version_of_groups_is_read_too() {
        let mount = tempfile::tempdir().unwrap();
        let files = [("memory.limit_in_bytes", "500\n"), ("memory.usage_in_bytes", "600\n")];
        write(&mount.path().join("memory/app"), &files);
        assert_eq!(in_groups("7:cpu,memory:/app\n3:pids:/app\n", mount.path()), Some(0));
    }
}
