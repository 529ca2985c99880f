//! Cargo builds no cdylib for tests, so it is asked to.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

/// The library of a package of this workspace, built once in this process.
pub(crate) fn package(name: &str) -> &'static Path {
    static BUILT: Mutex<Option<HashMap<String, &'static Path>>> = Mutex::new(None);
    let mut built = BUILT.lock().unwrap();
    built.get_or_insert_default().entry(name.to_owned()).or_insert_with(|| {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("Cargo.toml");
        Box::leak(cargo_build(&manifest, name, &[]).into_boxed_path())
    })
}

/// Runs `cargo build` and reads from its answer where the library lies.
pub(crate) fn cargo_build(manifest: &Path, package: &str, more: &[&str]) -> PathBuf {
    let output = Command::new(env!("CARGO"))
        .args(["build", "--message-format=json-render-diagnostics", "--package", package, "--manifest-path"])
        .arg(manifest)
        .args(more)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let messages = String::from_utf8(output.stdout).unwrap();
    let artifacts = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let files = artifacts
        .filter(|message| message["reason"] == "compiler-artifact" && message["target"]["name"] == package)
        .flat_map(|message| message["filenames"].as_array().cloned().unwrap_or_default());
    let mut libraries = files.filter_map(|file| Some(PathBuf::from(file.as_str()?)));
    libraries.find(|file| file.extension().is_some_and(|it| it == "so")).unwrap()
}
