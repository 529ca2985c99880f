//! The SDK's sources, which travel in the binary.

include!(concat!(env!("OUT_DIR"), "/sdk.rs"));

/// Paths as in our own workspace, of which this is a part, and what stands there.
pub(super) fn files() -> impl Iterator<Item = (&'static str, &'static str)> {
    FILES.iter().copied()
}

/// The names of its crates, and of all that they are built with.
pub(super) fn crates() -> impl Iterator<Item = &'static str> {
    LOCK.lines().filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'))
}

/// A lock file for a crate of this name: the versions that we tested.
pub(super) fn lock(name: &str) -> String {
    let package = format!(
        "[[package]]\nname = \"{name}\"\nversion = \"0.1.0\"\ndependencies = [\n \"chaos-kitty-plugin\",\n]\n"
    );
    format!("{LOCK}\n{package}")
}
