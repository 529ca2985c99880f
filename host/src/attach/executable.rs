//! Who runs a file.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// What the kernel says behind the path of a file that is not there any more, as after an upgrade.
const DELETED: &[u8] = b" (deleted)";

/// The processes that run the file at this path, also where it has been replaced or removed since. Links are followed: what
/// a process runs is known to the kernel by its own path.
pub(super) fn processes(path: &Path) -> Result<Vec<i32>, String> {
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let runs = |pid: &i32| of(*pid).is_some_and(|file| file == path || file == real) && is_ours(*pid);
    Ok(all().filter(runs).collect())
}

/// Whether what it runs has its path here: in a container the same path is another file.
fn is_ours(pid: i32) -> bool {
    let place = |pid: &str| std::fs::read_link(format!("/proc/{pid}/ns/mnt")).ok();
    let file = |path: &Path| std::fs::metadata(path).ok().map(|file| (file.dev(), file.ino()));
    let link = PathBuf::from(format!("/proc/{pid}/exe"));
    let is_the_same = of(pid).is_some_and(|path| file(&path).is_some_and(|here| Some(here) == file(&link)));
    is_the_same || place("self").is_some_and(|own| Some(own) == place(&pid.to_string()))
}

/// The file that a process runs; none where it has ended, is the kernel's, or may not be looked at.
pub(super) fn of(pid: i32) -> Option<PathBuf> {
    let link = std::fs::read_link(format!("/proc/{pid}/exe")).ok()?;
    let bytes = link.as_os_str().as_bytes();
    Some(match bytes.strip_suffix(DELETED) {
        Some(path) => OsString::from_vec(path.to_vec()).into(),
        None => link,
    })
}

/// All pids that there are now.
pub(super) fn all() -> impl Iterator<Item = i32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_runs_this_file_and_no_other() {
        let own = std::process::id() as i32;
        let file = std::env::current_exe().unwrap();
        assert!(processes(&file).unwrap().contains(&own));
        assert_eq!(of(own), Some(file));
        assert_eq!(processes(Path::new("/no/such/file")), Ok(Vec::new()));
    }
}
