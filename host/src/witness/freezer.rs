//! Whether a process is frozen by its control group: no state of its own says so in a way that cannot be mistaken.
//!
//! The guard knows freezers too; host and worker share no crate but the bus.

use std::fs;
use std::path::{Path, PathBuf};

/// Whether the group of this process, in either version, says that all in it are frozen.
pub(super) fn is_frozen(pid: i32) -> bool {
    let read = |path: PathBuf| fs::read_to_string(path).unwrap_or_default();
    let groups = read(format!("/proc/{pid}/cgroup").into());
    // The root's cannot be frozen: mostly there is nothing more to be read.
    let mut in_one = groups
        .lines()
        .filter_map(|line| line.split_once(':')?.1.split_once(':'))
        .filter(|(_, group)| *group != "/");
    in_one.any(|(controllers, group)| match controllers {
        "" => is("cgroup2", "", group, "cgroup.events", "frozen 1"),
        _ if controllers.split(',').any(|name| name == "freezer") => {
            is("cgroup", "freezer", group, "freezer.state", "FROZEN")
        }
        _ => false,
    })
}

/// Whether a line is in a file of a group.
fn is(kind: &str, option: &str, group: &str, file: &str, line: &str) -> bool {
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let folder = mounts.lines().find_map(|mounted| folder(mounted, kind, option, group));
    let text = folder.and_then(|folder| fs::read_to_string(folder.join(file)).ok()).unwrap_or_default();
    text.lines().any(|it| it == line)
}

/// Where a group is seen that is in what is mounted by this line.
fn folder(mounted: &str, kind: &str, option: &str, group: &str) -> Option<PathBuf> {
    let (mount, file_system) = mounted.split_once(" - ")?;
    let mut fields = mount.split(' ').skip(3);
    let (root, point) = (fields.next()?, fields.next()?);
    let mut fields = file_system.split(' ');
    let (its_kind, options) = (fields.next()?, fields.nth(1)?);
    let is_it = its_kind == kind && (option.is_empty() || options.split(',').any(|it| it == option));
    let below = Path::new(group).strip_prefix(root).ok()?;
    (is_it && !group.contains("/..")).then(|| Path::new(point).join(below))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn we_are_not_frozen() {
        assert!(!is_frozen(std::process::id() as i32));
    }

    #[test]
    fn a_group_is_found_where_its_hierarchy_is_mounted() {
        let one = "31 25 0:27 / /sys/fs/cgroup/freezer rw shared:4 - cgroup cgroup rw,freezer";
        let two = "32 25 0:28 /outer /sys/fs/cgroup rw - cgroup2 cgroup2 rw";
        assert_eq!(folder(one, "cgroup", "freezer", "/b"), Some("/sys/fs/cgroup/freezer/b".into()));
        assert_eq!(folder(one, "cgroup2", "", "/b"), None);
        assert_eq!(folder(two, "cgroup2", "", "/outer/job"), Some("/sys/fs/cgroup/job".into()));
        assert_eq!(folder(two, "cgroup2", "", "/elsewhere"), None);
    }
}
