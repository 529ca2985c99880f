//! Whether a process is frozen by its control group: no state of its own says so in a way that cannot be mistaken.
//!
//! The guard knows freezers too; host and worker share no crate but the bus.

use std::fs;
use std::path::{Path, PathBuf};

/// Whether the group of this process, in either version, says that all in it are frozen.
pub(super) fn is_frozen(pid: i32) -> bool {
    let says = |version: Version, folder: &Path| match version {
        Version::One => has_line(&folder.join("freezer.state"), "FROZEN"),
        Version::Two => has_line(&folder.join("cgroup.events"), "frozen 1"),
    };
    groups(pid).into_iter().any(|(version, folder)| says(version, &folder))
}

/// The switch of the freezer of this process's group that is on, by whomever: what is written to it thaws the group.
pub(crate) fn switch_of_frozen(pid: i32) -> Option<PathBuf> {
    groups(pid).into_iter().find_map(|(version, folder)| {
        let (state, switch) = match version {
            Version::One => ("freezer.self_freezing", "freezer.state"),
            Version::Two => ("cgroup.freeze", "cgroup.freeze"),
        };
        has_line(&folder.join(state), "1").then(|| folder.join(switch))
    })
}

#[derive(Clone, Copy)]
enum Version {
    One,
    Two,
}

/// The groups of a process that can be frozen, where they are seen here.
fn groups(pid: i32) -> Vec<(Version, PathBuf)> {
    let text = fs::read_to_string(format!("/proc/{pid}/cgroup")).unwrap_or_default();
    // The root's cannot be frozen: mostly there is nothing more to be read.
    let groups = text.lines().filter_map(|line| line.split_once(':')?.1.split_once(':'));
    let groups: Vec<_> = groups.filter(|(_, group)| *group != "/").collect();
    if groups.is_empty() {
        return Vec::new();
    }
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let found = groups.into_iter().filter_map(|(controllers, group)| {
        let (version, kind, option) = match controllers {
            "" => (Version::Two, "cgroup2", ""),
            _ if controllers.split(',').any(|name| name == "freezer") => (Version::One, "cgroup", "freezer"),
            _ => return None,
        };
        Some((version, mounts.lines().find_map(|mounted| folder(mounted, kind, option, group))?))
    });
    found.collect()
}

fn has_line(file: &Path, line: &str) -> bool {
    fs::read_to_string(file).is_ok_and(|text| text.lines().any(|it| it == line))
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
        let own = std::process::id() as i32;
        assert!(!is_frozen(own) && switch_of_frozen(own).is_none());
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
