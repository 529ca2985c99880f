//! Kin: the processes below one, without guessing a pid.

use crate::identity::Stat;
use std::fs;

/// The most processes that are looked through where the kernel keeps no list of children: each costs a read.
const MOST: usize = 4096;

/// A process below another, as it was when it was read.
#[derive(Debug)]
pub(super) struct Kin {
    pub(super) pid: i32,
    pub(super) stat: Stat,
}

/// The children of this process, also those that have ended and that nobody has waited for. None where they
/// cannot be told: the kernel keeps no list of them (`CONFIG_PROC_CHILDREN`), and the machine has too many processes.
pub(super) fn children(pid: i32) -> Option<Vec<Kin>> {
    match listed(pid) {
        Some(pids) => Some(read(pids).filter(|child| child.stat.parent == pid).collect()),
        None => Some(everybody()?.into_iter().filter(|kin| kin.stat.parent == pid).collect()),
    }
}

/// All processes below this one; those that lost their parents meanwhile are left out. None as for [`children`].
pub(super) fn descendants(pid: i32) -> Option<Vec<Kin>> {
    let mut others = match listed(pid) {
        Some(_) => None,
        None => Some(everybody()?),
    };
    let (mut found, mut parents) = (Vec::new(), vec![pid]);
    while let Some(parent) = parents.pop() {
        let born: Vec<Kin> = match &mut others {
            None => children(parent)?,
            Some(others) => others.extract_if(.., |kin| kin.stat.parent == parent).collect(),
        };
        parents.extend(born.iter().map(|kin| kin.pid));
        found.extend(born);
        if found.len() > MOST {
            return None;
        }
    }
    Some(found)
}

/// The children that the kernel lists, of each thread; none where it keeps no list.
fn listed(pid: i32) -> Option<Vec<i32>> {
    let mut pids = Vec::new();
    for thread in fs::read_dir(format!("/proc/{pid}/task")).ok()?.flatten() {
        let text = fs::read_to_string(thread.path().join("children")).ok()?;
        pids.extend(text.split_ascii_whitespace().filter_map(|pid| pid.parse::<i32>().ok()));
    }
    Some(pids)
}

fn everybody() -> Option<Vec<Kin>> {
    let names = fs::read_dir("/proc").ok()?.flatten().map(|entry| entry.file_name());
    let pids: Vec<i32> = names.filter_map(|name| name.to_str()?.parse().ok()).take(MOST + 1).collect();
    (pids.len() <= MOST).then(|| read(pids).collect())
}

fn read(pids: Vec<i32>) -> impl Iterator<Item = Kin> {
    // Who has gone meanwhile is nobody's child any more.
    pids.into_iter().filter_map(|pid| Some(Kin { pid, stat: Stat::read(pid).ok()? }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};

    #[test]
    fn children_and_theirs_are_found_and_nobody_else() {
        let mut shell = Command::new("sh")
            .args(["-c", "sh -c 'echo $$; read line; :' & wait; :"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut grandchild = String::new();
        BufReader::new(shell.stdout.take().unwrap()).read_line(&mut grandchild).unwrap();
        let (own, child) = (std::process::id() as i32, shell.id() as i32);
        let grandchild: i32 = grandchild.trim().parse().unwrap();
        let pids = |kin: Option<Vec<Kin>>| kin.unwrap().iter().map(|kin| kin.pid).collect::<Vec<_>>();
        assert!(pids(children(own)).contains(&child));
        assert!(!pids(children(own)).contains(&grandchild));
        assert_eq!(pids(descendants(child)), [grandchild]);
        drop(shell.stdin.take());
        shell.kill().unwrap();
        shell.wait().unwrap();
    }
}
