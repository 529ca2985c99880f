//! The kin: a process and all its descendants, as one look through /proc shows them.

use std::collections::{HashMap, HashSet};
use std::{fs, io};

use rustix::process::Pid;

use super::process::{Identity, Process};

/// Whose kin it is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Root {
    /// All that descend from this process, without itself.
    Below(Pid),
    /// This process, and all that descend from it.
    From(Identity),
}

pub(super) struct Kin {
    /// Parents stand before their children.
    pub(super) members: Vec<Process>,
    /// Parents ended while we looked: somebody may be missing.
    pub(super) is_torn: bool,
}

impl Kin {
    pub(super) fn of(root: Root) -> io::Result<Kin> {
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
        let members = match root {
            Root::Below(ancestor) => below(ancestor.as_raw_pid(), all),
            Root::From(identity) => match all.iter().find(|process| process.identity == identity).copied() {
                None => Vec::new(),
                Some(first) => [vec![first], below(identity.pid.as_raw_pid(), all)].concat(),
            },
        };
        Ok(Kin { members, is_torn })
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
        let pid = Pid::from_child(&child);
        let kin = Kin::of(Root::Below(rustix::process::getpid())).unwrap();
        let member = *kin.members.iter().find(|member| member.identity.pid == pid).unwrap();
        let from = |identity| Kin::of(Root::From(identity)).unwrap().members;
        assert_eq!(from(member.identity), [member], "with itself");
        let recycled = Identity { start: member.identity.start + 1, ..member.identity };
        assert!(from(recycled).is_empty(), "and not with a stranger of its pid");
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
