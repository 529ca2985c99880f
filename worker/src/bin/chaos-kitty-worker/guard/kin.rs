//! The kin: all the descendants of a process, as one look through /proc shows them.

use std::collections::{HashMap, HashSet};
use std::{fs, io};

use rustix::process::Pid;

use super::process::Process;

pub(super) struct Kin {
    /// Parents stand before their children.
    pub(super) members: Vec<Process>,
    /// Parents ended while we looked: somebody may be missing.
    pub(super) is_torn: bool,
}

impl Kin {
    /// Those that descend from `ancestor`, without itself.
    pub(super) fn of(ancestor: Pid) -> io::Result<Kin> {
        let pids = fs::read_dir("/proc")?.flatten();
        let pids = pids.filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?));
        let mut all = pids.filter_map(|pid| shown(pid).transpose()).collect::<io::Result<Vec<Process>>>()?;
        let seen: HashSet<i32> = all.iter().map(|process| process.identity.pid.as_raw_pid()).collect();
        let mut is_torn = false;
        // A parent that was not seen has ended, and its child has another by now; or it is hidden from us, and stays so.
        for process in all.iter_mut().filter(|process| !seen.contains(&process.parent)) {
            if let Some(again) = shown(process.identity.pid)?
                && again.parent != process.parent
            {
                *process = again;
                is_torn |= !seen.contains(&again.parent);
            }
        }
        Ok(Kin { members: below(ancestor.as_raw_pid(), all), is_torn })
    }
}

/// Nothing where it has ended, or where /proc hides it from us.
fn shown(pid: Pid) -> io::Result<Option<Process>> {
    match Process::read(pid) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(None),
        read => read,
    }
}

fn below(ancestor: i32, all: Vec<Process>) -> Vec<Process> {
    let mut children: HashMap<i32, Vec<Process>> = HashMap::new();
    for process in all {
        children.entry(process.parent).or_default().push(process);
    }
    let mut members = children.remove(&ancestor).unwrap_or_default();
    let mut at = 0;
    while let Some(member) = members.get(at) {
        let theirs = children.remove(&member.identity.pid.as_raw_pid());
        members.extend(theirs.unwrap_or_default());
        at += 1;
    }
    members
}

#[cfg(test)]
mod tests {
    use super::super::process::Identity;
    use super::*;

    #[test]
    fn descendants_of_any_depth_and_nobody_else() {
        let all = [(1, 0), (2, 9), (3, 1), (9, 1), (10, 9), (11, 2), (12, 11)];
        let all: Vec<Process> = all
            .map(|(pid, parent)| Process {
                identity: Identity { pid: Pid::from_raw(pid).unwrap(), start: 7 },
                parent,
            })
            .into();
        let pids = |ancestor| -> Vec<i32> {
            below(ancestor, all.clone()).iter().map(|process| process.identity.pid.as_raw_pid()).collect()
        };
        assert_eq!(pids(9), [2, 10, 11, 12]);
        assert!(pids(12).is_empty());
    }

    #[test]
    fn a_child_of_ours_is_our_kin() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let kin = Kin::of(rustix::process::getpid()).unwrap();
        assert!(kin.members.iter().any(|member| member.identity.pid == Pid::from_child(&child)));
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
