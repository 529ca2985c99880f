//! The control groups of a program, where pressure beside it has to happen to be felt by it.

use std::fs;
use std::path::{Path, PathBuf};

use super::own_group::OwnGroup;
use super::program::Program;

/// The controllers that CPU and memory are accounted by. Version 2 has one hierarchy for all, without a name.
const CONTROLLERS: [&str; 4] = ["", "memory", "cpu", "cpuacct"];

/// What is taken beside a program.
#[derive(Clone, Copy, Debug)]
pub(super) enum Resource {
    Memory,
    Cpu,
}

impl Resource {
    /// The hierarchies that it is accounted in, each with a file that is there where it really is.
    fn accounts(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Resource::Memory => &[("", "memory.current"), ("memory", "memory.usage_in_bytes")],
            Resource::Cpu => &[("", "cpu.max"), ("cpu", "cpu.shares"), ("cpuacct", "cpuacct.usage")],
        }
    }
}

/// Moves a process of ours into the groups that are the program's own. Whether what it takes of this is accounted there.
///
/// Who is in a group with others, as all of a login's session are, is joined by nobody: the others would feel it too.
pub(super) fn enter_own(process: u32, program: &dyn Program, resource: Resource) -> bool {
    let (process, pid) = (process.cast_signed(), program.process_id().cast_signed());
    let mut is_in = false;
    for (controller, file) in resource.accounts() {
        let Some(group) = OwnGroup::of(pid, controller, Some(process)) else { continue };
        if program.has_exited() {
            break; // what was read may be a stranger's
        }
        let is_accounted = group.folder().join(file).exists() && !group.is_freezing();
        is_in |= is_accounted && fs::write(group.folder().join("cgroup.procs"), process.to_string()).is_ok();
    }
    is_in
}

/// Moves a process of ours into the groups of `program`, where it is in others. Nothing where that has exited, which is told
/// elsewhere.
///
/// # Errors
/// Which group it may not enter, and why.
pub(super) fn enter(process: u32, program: &dyn Program) -> Result<(), String> {
    let read = |path: String| fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"));
    // A kernel without groups; or it has ended, which its connection tells.
    let Ok(ours) = read(format!("/proc/{process}/cgroup")) else { return Ok(()) };
    let theirs = read(format!("/proc/{}/cgroup", program.process_id()));
    if program.has_exited() {
        return Ok(()); // what was read may be a stranger's
    }
    let theirs = theirs?;
    let mounts = read("/proc/self/mountinfo".to_owned())?;
    for (controllers, group) in others(&ours, &theirs) {
        let list = folder(&mounts, controllers, group).map(|folder| folder.join("cgroup.procs"));
        let entered = match &list {
            Some(list) => fs::write(list, process.to_string()).map_err(|error| error.to_string()),
            None => Err("it is mounted nowhere here".to_owned()),
        };
        entered.map_err(|error| {
            format!(
                "the program is in the control group {group}, which a process beside it cannot enter ({error}), and \
                 anywhere else it would not feel it: start the wrapper in that group, or as a user who may enter it"
            )
        })?;
    }
    Ok(())
}

/// The groups that count and in which the program is and ours is not.
fn others<'a>(ours: &'a str, theirs: &'a str) -> Vec<(&'a str, &'a str)> {
    let that_count = |text: &'a str| {
        groups(text).filter(|(controllers, _)| controllers.split(',').any(|name| CONTROLLERS.contains(&name)))
    };
    that_count(theirs).filter(|group| !that_count(ours).any(|our| our == *group)).collect()
}

/// The controllers of each hierarchy, and the group in it, as /proc/PID/cgroup has them.
pub(super) fn groups(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines().filter_map(|line| line.split_once(':')?.1.split_once(':'))
}

/// Where the group of this hierarchy can be seen.
pub(super) fn folder(mounts: &str, controllers: &str, group: &str) -> Option<PathBuf> {
    mounts.lines().find_map(|line| {
        let (mount, file_system) = line.split_once(" - ")?;
        let mut fields = mount.split(' ').skip(3);
        let (root, point) = (fields.next()?, fields.next()?);
        let mut fields = file_system.split(' ');
        let (kind, options) = (fields.next()?, fields.nth(1)?);
        let is_it = match controllers {
            "" => kind == "cgroup2",
            _ => {
                kind == "cgroup"
                    && controllers.split(',').all(|name| options.split(',').any(|option| option == name))
            }
        };
        let below = Path::new(group).strip_prefix(root).ok()?;
        (is_it && !group.contains("/..")).then(|| Path::new(point).join(below))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_groups_that_count_and_that_we_are_not_in() {
        let ours = "4:memory:/a\n3:pids:/p\n2:cpu,cpuacct:/\n0::/user.slice\n";
        let theirs = "4:memory:/b\n3:pids:/q\n2:cpu,cpuacct:/\n0::/job.scope\n";
        assert_eq!(others(ours, theirs), [("memory", "/b"), ("", "/job.scope")]);
        assert!(others(ours, ours).is_empty());
    }

    #[test]
    fn a_group_is_found_where_its_hierarchy_is_mounted() {
        let mounts = "30 25 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n\
                      31 25 0:27 / /sys/fs/cgroup/cpu rw shared:4 - cgroup cgroup rw,cpu,cpuacct\n\
                      32 25 0:28 /outer /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
        let found = |controllers, group| folder(mounts, controllers, group);
        assert_eq!(found("memory", "/b"), Some("/sys/fs/cgroup/memory/b".into()));
        assert_eq!(found("cpu,cpuacct", "/"), Some("/sys/fs/cgroup/cpu/".into()));
        assert_eq!(found("", "/outer/job"), Some("/sys/fs/cgroup/unified/job".into()));
        assert_eq!(found("", "/elsewhere"), None);
        assert_eq!(found("", "/../b"), None);
    }
}
