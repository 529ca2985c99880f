//! The processes of a systemd unit, from its control group.

use super::systemctl;
use crate::identity::says_it_has_ended;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// How deep units lie: slices within slices.
const DEEPEST: usize = 12;

/// What a unit is called that is given without a suffix.
pub(super) fn full(name: &str) -> String {
    const SUFFIXES: [&str; 3] = ["service", "scope", "slice"];
    let has_one = name.rsplit_once('.').is_some_and(|(_, suffix)| SUFFIXES.contains(&suffix));
    if has_one { name.to_owned() } else { format!("{name}.service") }
}

/// The main process of a unit, where systemd says which that is, or else all of its processes.
///
/// # Errors
/// There is no such unit here, or it cannot be seen.
pub(super) fn processes(name: &str) -> Result<Vec<i32>, String> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").map_err(|error| format!("mountinfo: {error}"))?;
    let roots: Vec<PathBuf> = hierarchies(&mounts).collect();
    if roots.is_empty() {
        return Err(
            "no hierarchy of control groups that systemd uses is mounted here: give the pid".to_owned()
        );
    }
    let unseen = |error: io::Error| format!("it cannot be seen who is in {name}: {error}");
    let mut groups = Vec::new();
    roots.iter().try_for_each(|root| look(root, name, DEEPEST, &mut groups)).map_err(unseen)?;
    if groups.is_empty() {
        return Err(format!(
            "there is no control group of a unit {name} here: `systemctl status {name}` says whether it runs"
        ));
    }
    let mut all = BTreeSet::new();
    groups.iter().try_for_each(|group| gather(group, &mut all)).map_err(unseen)?;
    Ok(match systemctl::main_process(name).filter(|pid| all.contains(pid)) {
        Some(main) => vec![main],
        None => all.into_iter().collect(),
    })
}

/// Where units are groups: in version 2, and in what systemd keeps in version 1 under a name of its own.
fn hierarchies(mounts: &str) -> impl Iterator<Item = PathBuf> {
    mounts.lines().filter_map(|line| {
        let (mount, file_system) = line.split_once(" - ")?;
        let point = mount.split(' ').nth(4)?;
        let mut fields = file_system.split(' ');
        let (kind, options) = (fields.next()?, fields.nth(1)?);
        let is_one =
            kind == "cgroup2" || kind == "cgroup" && options.split(',').any(|it| it == "name=systemd");
        is_one.then(|| point.into())
    })
}

/// The groups of this name at or below a folder. One that is left out could be the one that makes them several.
fn look(folder: &Path, name: &str, depth: usize, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for group in below(folder)? {
        let path = folder.join(&group);
        match group == name {
            true => found.push(path),
            // What is within a unit is somebody else's: a container's, or a user's own manager's.
            false
                if [".service", ".scope"]
                    .iter()
                    .any(|it| group.as_encoded_bytes().ends_with(it.as_bytes())) => {}
            false if depth > 0 => look(&path, name, depth - 1, found)?,
            false => {}
        }
    }
    Ok(())
}

/// The processes of a group, and of those below it: a unit may divide its own.
fn gather(folder: &Path, pids: &mut BTreeSet<i32>) -> io::Result<()> {
    let list = unless_gone(fs::read_to_string(folder.join("cgroup.procs")))?;
    // Who cannot be seen from our pid namespace is 0.
    pids.extend(list.lines().filter_map(|pid| pid.parse::<i32>().ok()).filter(|pid| *pid > 0));
    below(folder)?.iter().try_for_each(|group| gather(&folder.join(group), pids))
}

/// The groups in a group. The folder is closed before these are looked into, so that few descriptors do.
fn below(folder: &Path) -> io::Result<Vec<OsString>> {
    let entries = unless_gone(fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>))?;
    let groups = entries.into_iter().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    Ok(groups.map(|entry| entry.file_name()).collect())
}

/// What was read of a group; nothing where it has been removed meanwhile, or is no such one as has processes.
fn unless_gone<T: Default>(read: io::Result<T>) -> io::Result<T> {
    let says_it_is_gone = |error: &io::Error| {
        says_it_has_ended(error) || matches!(error.raw_os_error(), Some(libc::ENODEV | libc::EOPNOTSUPP))
    };
    read.or_else(|error| if says_it_is_gone(&error) { Ok(T::default()) } else { Err(error) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_without_a_suffix_is_a_services() {
        assert_eq!(full("nginx"), "nginx.service");
        assert_eq!(full("user@1000.service"), "user@1000.service");
        assert_eq!(full("php8.2-fpm"), "php8.2-fpm.service");
        assert_eq!(full("session-4.scope"), "session-4.scope");
    }

    #[test]
    fn a_unit_is_found_wherever_it_lies_with_all_its_processes() {
        let root = tempfile::tempdir().unwrap();
        let group = root.path().join("system.slice/web.service");
        fs::create_dir_all(group.join("workers")).unwrap();
        fs::write(group.join("cgroup.procs"), "11\n0\n").unwrap();
        fs::write(group.join("workers/cgroup.procs"), "12\n13\n").unwrap();
        let mut found = Vec::new();
        look(root.path(), "web.service", DEEPEST, &mut found).unwrap();
        assert_eq!(found, std::slice::from_ref(&group));
        let mut pids = BTreeSet::new();
        gather(&group, &mut pids).unwrap();
        assert_eq!(pids.into_iter().collect::<Vec<_>>(), [11, 12, 13]);
    }

    #[test]
    fn units_are_groups_in_version_2_and_under_systemds_own_name() {
        let mounts = "30 25 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n\
                      31 25 0:27 / /sys/fs/cgroup/systemd rw shared:4 - cgroup cgroup rw,xattr,name=systemd\n\
                      32 25 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
        let found: Vec<PathBuf> = hierarchies(mounts).collect();
        assert_eq!(found, [PathBuf::from("/sys/fs/cgroup/systemd"), "/sys/fs/cgroup/unified".into()]);
    }
}
