//! Kin: the processes below one, without guessing a pid.

use crate::identity::Stat;
use std::fs;

/// The most processes that are looked through where the kernel keeps no list of children: each costs a read.
const MOST: usize = 4096;

/// A process below another, as it was when it was read.
#[derive(Debug)]
pub(crate) struct Kin {
    pub(crate) pid: i32,
    pub(crate) stat: Stat,
}

/// The processes below this one, also those that have ended and that nobody has waited for; without those that are to
/// be skipped and all below them. Who lost its parent meanwhile is left out.
///
/// None where they cannot be told: the kernel keeps no list of children (`CONFIG_PROC_CHILDREN`), and the machine has too
/// many processes to look through.
pub(crate) fn below(pid: i32, skip: impl Fn(&Kin) -> bool) -> Option<Vec<Kin>> {
    let mut others = match listed(pid) {
        Some(_) => None,
        None => Some(everybody()?),
    };
    let (mut found, mut parents) = (Vec::new(), vec![pid]);
    while let Some(parent) = parents.pop() {
        let mut born: Vec<Kin> = match &mut others {
            None => read(listed(parent).unwrap_or_default()).collect(),
            Some(others) => others.extract_if(.., |kin| kin.stat.parent == parent).collect(),
        };
        born.retain(|kin| kin.stat.parent == parent && !skip(kin));
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
            .args(["-c", "sh -c 'echo $$; read line; :'; :"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut grandchild = String::new();
        BufReader::new(shell.stdout.take().unwrap()).read_line(&mut grandchild).unwrap();
        let (own, child) = (std::process::id() as i32, shell.id() as i32);
        let grandchild: i32 = grandchild.trim().parse().unwrap();
        let found = |pid: i32, skipped: i32| {
            let kin = below(pid, |kin| kin.pid == skipped).unwrap();
            [child, grandchild].map(|pid| kin.iter().any(|kin| kin.pid == pid))
        };
        assert_eq!(found(own, 0), [true, true]);
        assert_eq!(found(own, child), [false, false]);
        assert_eq!(found(child, 0), [false, true]);
        assert_eq!(found(grandchild, 0), [false, false]);
        drop(shell.stdin.take());
        shell.wait().unwrap();
    }
}
