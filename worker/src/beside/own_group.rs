//! A control group of a program's own: nobody is in it, or below it, but the program and what descends from it.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::control_group;

/// No chain of parents is as long.
const DEEPEST: usize = 1024;

/// Such a group, in one hierarchy.
#[derive(Debug)]
pub struct OwnGroup {
    program: i32,
    folder: PathBuf,
    members: Vec<i32>,
}

impl OwnGroup {
    /// That of `program` in the hierarchy with this controller; version 2 has one for all, without a name. One of ours, with
    /// the pid `besides`, may be in it too. None where it has no group of its own there, or the group can be seen nowhere here.
    pub fn of(program: i32, controller: &str, besides: Option<i32>) -> Option<OwnGroup> {
        let groups = fs::read_to_string(format!("/proc/{program}/cgroup")).ok()?;
        let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
        let (controllers, group) = control_group::groups(&groups)
            .find(|(controllers, _)| controllers.split(',').any(|name| name == controller))?;
        if group == "/" {
            return None; // the root's, whatever is in it
        }
        let folder = control_group::folder(&mounts, controllers, group)?;
        let mut members = Vec::new();
        gather(&folder, &mut members).ok()?;
        members.retain(|member| Some(*member) != besides);
        let is_own = !members.is_empty() && members.iter().all(|member| descends(*member, program));
        is_own.then_some(OwnGroup { program, folder, members })
    }

    /// Where its files are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether it was told to freeze: who entered it now would be frozen too.
    pub(super) fn is_freezing(&self) -> bool {
        ["cgroup.freeze", "freezer.self_freezing"]
            .iter()
            .any(|file| fs::read_to_string(self.folder.join(file)).is_ok_and(|on| on.trim() == "1"))
    }

    /// The pids in it, and in the groups below it.
    pub fn members(&self) -> &[i32] {
        &self.members
    }

    /// The pids that are in it now, as far as that can be seen.
    pub fn now(&self) -> Vec<i32> {
        let mut now = Vec::new();
        let _ = gather(&self.folder, &mut now); // an error: those that were found so far
        now
    }

    /// How many are in it now who were not, and do not descend from the program: somebody has brought them there.
    pub fn strangers(&self) -> usize {
        let now = self.now();
        let is_stranger = |pid: &&i32| !self.members.contains(pid) && !descends(**pid, self.program);
        now.iter().filter(is_stranger).count()
    }
}

fn gather(folder: &Path, members: &mut Vec<i32>) -> std::io::Result<()> {
    let list = fs::read_to_string(folder.join("cgroup.procs"))?;
    // Who cannot be seen from our pid namespace is 0, and descends from nobody.
    members.extend(list.lines().filter_map(|pid| pid.parse::<i32>().ok()));
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            match gather(&entry.path(), members) {
                Err(error) if error.kind() == ErrorKind::NotFound => {} // it was removed meanwhile
                gathered => gathered?,
            }
        }
    }
    Ok(())
}

/// Whether it is this process, or one below it.
fn descends(pid: i32, from: i32) -> bool {
    std::iter::successors(Some(pid), |pid| parent(*pid)).take(DEEPEST).any(|pid| pid == from)
}

fn parent(pid: i32) -> Option<i32> {
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let stat = String::from_utf8_lossy(&stat).into_owned();
    // The name may hold anything: the last parenthesis ends it.
    let parent = stat.rsplit_once(')')?.1.split_ascii_whitespace().nth(1)?.parse().ok()?;
    (parent > 0).then_some(parent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_descends_from_us_and_we_do_not_from_it() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let (own, pid) = (std::process::id().cast_signed(), child.id().cast_signed());
        assert!(descends(pid, own) && descends(own, own) && !descends(own, pid));
        child.kill().unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn the_groups_that_we_share_with_whoever_started_us_are_not_our_own() {
        let own = std::process::id().cast_signed();
        for controller in ["", "freezer", "memory", "cpu", "no such controller"] {
            assert!(OwnGroup::of(own, controller, None).is_none(), "{controller}");
        }
    }
}
