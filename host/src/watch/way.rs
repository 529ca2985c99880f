//! The way that a path takes.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Component, Path, PathBuf};

/// As many links as the kernel follows.
const MOST_LINKS: usize = 40;

/// A name, and the directory in which it is looked up.
pub(super) type Step = (PathBuf, OsString);

/// Every step from the root to what a path leads to, links followed: whatever changes where it leads changes one of these
/// names. Beyond what is not there the way is the one that it would take.
pub(super) fn way(path: &Path) -> Vec<Step> {
    let mut at = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"));
    let (mut ahead, mut steps, mut links) = (Vec::new(), Vec::new(), 0);
    put_ahead(&mut ahead, path);
    while let Some(part) = ahead.pop() {
        match Path::new(&part).components().next() {
            Some(Component::RootDir) => at = PathBuf::from("/"),
            // There are no links in `at`.
            Some(Component::ParentDir) => drop(at.pop()),
            Some(Component::Normal(name)) => {
                let next = at.join(name);
                steps.push((at.clone(), name.to_owned()));
                match fs::read_link(&next) {
                    Ok(_) if links == MOST_LINKS => return steps,
                    Ok(target) => {
                        links += 1;
                        put_ahead(&mut ahead, &target);
                    }
                    Err(_) => at = next,
                }
            }
            _ => {}
        }
    }
    steps
}

/// The next part is the last.
fn put_ahead(ahead: &mut Vec<OsString>, path: &Path) {
    ahead.extend(path.components().rev().map(Component::as_os_str).map(OsStr::to_owned));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn each_link_is_a_step_and_so_is_what_is_not_there() {
        let nest = tempfile::tempdir().unwrap();
        let nest = nest.path().canonicalize().unwrap();
        fs::create_dir_all(nest.join("..one")).unwrap();
        symlink("..one", nest.join("..data")).unwrap();
        symlink("..data/../..data/chaos.toml", nest.join("chaos.toml")).unwrap();
        let inside = |(directory, name): Step| {
            directory.starts_with(&nest).then(|| directory.strip_prefix(&nest).unwrap().join(name))
        };
        let steps: Vec<_> = way(&nest.join("chaos.toml")).into_iter().filter_map(inside).collect();
        let wanted = ["chaos.toml", "..data", "..one", "..data", "..one", "..one/chaos.toml"];
        assert_eq!(steps, wanted.map(PathBuf::from));

        symlink("round", nest.join("round")).unwrap();
        assert!(way(&nest.join("round/and")).len() > MOST_LINKS);
        let steps: Vec<_> = way(&nest.join("target/debug")).into_iter().filter_map(inside).collect();
        assert_eq!(steps, ["target", "target/debug"].map(PathBuf::from));
    }
}
