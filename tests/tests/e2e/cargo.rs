//! A crate of a user's own, outside of the workspace.

use std::path::{Path, PathBuf};
use std::process::Command;

use chaos_kitty_tests::{Json, json};

/// Builds it, and answers the library that it makes.
pub(crate) fn build(home: &Path) -> PathBuf {
    let output = Command::new(env!("CARGO"))
        .args(["build", "--message-format=json-render-diagnostics", "--target-dir"])
        // Kept, so that only the first run compiles what it depends on.
        .arg(Path::new(env!("CARGO_TARGET_TMPDIR")).join("outside"))
        .current_dir(home)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "cargo build: {}\n{said}", String::from_utf8_lossy(&output.stderr));
    let mut artifacts = said.lines().filter_map(|line| serde_json::from_str::<Json>(line).ok());
    let library = artifacts.find(|artifact| artifact["target"]["kind"] == json!(["cdylib"]));
    library.and_then(|artifact| artifact["filenames"][0].as_str().map(PathBuf::from)).expect("a library")
}
