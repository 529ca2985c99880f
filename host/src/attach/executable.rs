//! Who runs a file.

use std::ffi::OsString;
use std::fs::Metadata;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// What the kernel says behind the path of a file that is not there any more, as after an upgrade.
const DELETED: &[u8] = b" (deleted)";

/// The processes that run the file at this path, also where it has been replaced or removed since. Links are followed: what
/// a process runs is known to the kernel by its own path.
///
/// # Errors
/// It cannot be seen who is there.
pub(super) fn processes(path: &Path) -> Result<Vec<i32>, String> {
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let runs = |pid: &i32| of(*pid).is_some_and(|file| file == path || file == real) && is_ours(*pid);
    let all = all().map_err(|error| format!("it cannot be seen who is there: /proc: {error}"))?;
    Ok(all.filter(runs).collect())
}

/// Whether what it runs has its path here: in a container the same path is another file.
fn is_ours(pid: i32) -> bool {
    let Some((path, is_deleted)) = link(pid) else { return false };
    let file = identity(&path);
    if file.is_some() && file == std::fs::metadata(format!("/proc/{pid}/exe")).ok().as_ref().map(numbers) {
        return true;
    }
    // It was replaced, removed, or covered by another since.
    let place = |pid: &str| std::fs::read_link(format!("/proc/{pid}/ns/mnt")).ok();
    let is_in_our_namespace = place("self").is_some_and(|own| Some(own) == place(&pid.to_string()));
    is_in_our_namespace || is_deleted && is_in_the_same_folder(pid, &path)
}

/// Whether the folder in which a file was is the same for this process as for us: a service has a mount namespace of its own (for
/// `PrivateTmp=`, say), in which most folders are everybody's. Where the folder has gone too, the one above it counts.
fn is_in_the_same_folder(pid: i32, path: &Path) -> bool {
    let root = PathBuf::from(format!("/proc/{pid}/root"));
    let theirs = |folder: &Path| identity(&root.join(folder.strip_prefix("/").unwrap_or(folder)));
    let both = path.ancestors().skip(1).map(|folder| (identity(folder), theirs(folder)));
    let there = both.into_iter().find(|(ours, theirs)| ours.is_some() || theirs.is_some());
    there.is_some_and(|(ours, theirs)| ours == theirs)
}

/// What names a file, whatever its path; none where it cannot be seen. A link is not followed.
fn identity(path: &Path) -> Option<(u64, u64)> {
    std::fs::symlink_metadata(path).ok().as_ref().map(numbers)
}

fn numbers(file: &Metadata) -> (u64, u64) {
    (file.dev(), file.ino())
}

/// The file that a process runs; none where it has ended, is the kernel's, or may not be looked at.
pub(super) fn of(pid: i32) -> Option<PathBuf> {
    link(pid).map(|(path, _)| path)
}

/// The same, and whether it is there no more.
fn link(pid: i32) -> Option<(PathBuf, bool)> {
    let link = std::fs::read_link(format!("/proc/{pid}/exe")).ok()?;
    let bytes = link.as_os_str().as_bytes();
    Some(match bytes.strip_suffix(DELETED) {
        Some(path) => (OsString::from_vec(path.to_vec()).into(), true),
        None => (link, false),
    })
}

/// All pids that there are now.
///
/// # Errors
/// There is no descriptor left to look with.
pub(super) fn all() -> io::Result<impl Iterator<Item = i32>> {
    let entries = std::fs::read_dir("/proc")?.flatten();
    Ok(entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_runs_this_file_and_no_other() {
        let own = std::process::id() as i32;
        let file = std::env::current_exe().unwrap();
        assert!(processes(&file).unwrap().contains(&own));
        assert!(is_in_the_same_folder(own, &file) && is_in_the_same_folder(own, &file.join("no/such/file")));
        assert_eq!(of(own), Some(file));
        assert_eq!(processes(Path::new("/no/such/file")), Ok(Vec::new()));
    }
}
