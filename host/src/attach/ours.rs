//! Processes of our own, which are never attached: they are what puts back what was done to others.

use super::executable;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// What our programs are called, also where another installation's run.
const NAMES: [&str; 2] = ["chaos-kitty", "chaos-kitty-worker"];

/// Why a process is one, if it is: a host, a wrapper, a guard, an attendant, a stand-in, or the process of a plugin.
pub(super) fn objection(pid: i32, worker: &Path) -> Option<String> {
    let file = |path: &Path| fs::metadata(path).ok().map(|file| (file.dev(), file.ino()));
    let theirs = file(Path::new(&format!("/proc/{pid}/exe")));
    let is_same = theirs.is_some() && [file(Path::new("/proc/self/exe")), file(worker)].contains(&theirs);
    let path = executable::of(pid)?;
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    (is_same || NAMES.contains(&name)).then(|| {
        format!(
            "pid {pid} is one of Chaos Kitty's own ({name}), which put back what is done to others: attach what it is for"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_program_is_ours_and_another_is_not() {
        assert!(objection(std::process::id() as i32, Path::new("/no/worker")).is_some());
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let objection = objection(child.id() as i32, Path::new("/no/worker"));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(objection, None);
    }
}
