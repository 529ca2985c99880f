//! Collects what travels in the binary for `chaos-kitty new`: the sources that an author of operations compiles.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Each with all that lies in it.
const CRATES: [&str; 2] = ["core/abi", "core/plugin"];
/// From which everything else follows.
const SDK: &str = "chaos-kitty-plugin";

fn main() {
    let host = env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let root = Path::new(&host).parent().expect("the host lies in the workspace").to_owned();
    let mut files = Vec::new();
    for folder in CRATES {
        collect(&root.join(folder), &mut files);
    }
    files.sort();
    let path = |file: &PathBuf| file.strip_prefix(&root).expect("it was found there").display().to_string();
    let manifests: Vec<String> = files.iter().filter(|file| file.ends_with("Cargo.toml")).map(path).collect();

    let mut code = "pub(super) const FILES: &[(&str, &str)] = &[\n".to_owned();
    let mut add = |path: &str, text: &str| writeln!(code, "    ({path:?}, {text}),").expect("a text grows");
    add("Cargo.toml", &format!("{:?}", manifest(&read(&root, "Cargo.toml"), &root, &manifests)));
    for file in files.iter().chain([&root.join("LICENSE")]) {
        add(&path(file), &format!("include_str!({:?})", file.display().to_string()));
    }
    let lock = lock(&read(&root, "Cargo.lock"));
    writeln!(code, "];\npub(super) const LOCK: &str = {lock:?};").expect("a text grows");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("sdk.rs"), code).expect("cargo's directory can be written to");

    println!("cargo::rerun-if-changed=build.rs");
    for watched in CRATES.into_iter().chain(["Cargo.toml", "Cargo.lock", "LICENSE"]) {
        println!("cargo::rerun-if-changed={}", root.join(watched).display());
    }
}

fn read(root: &Path, name: &str) -> String {
    fs::read_to_string(root.join(name)).unwrap_or_else(|error| panic!("{name} of the workspace: {error}"))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let entry = entry.expect("a folder can be read").path();
        match entry.extension().and_then(|extension| extension.to_str()) {
            // Our tests of the SDK, which have fixtures.
            _ if entry.ends_with("tests") => {}
            _ if entry.is_dir() => collect(&entry, files),
            Some("rs" | "toml") => files.push(entry),
            _ => {}
        }
    }
}

/// The workspace's manifest with these members alone. They inherit from it, and so travel as they are.
fn manifest(workspace: &str, root: &Path, manifests: &[String]) -> String {
    let members = manifests.iter().map(|path| format!("{:?}", path.trim_end_matches("/Cargo.toml")));
    let members = members.collect::<Vec<_>>().join(", ");
    let mut manifest = format!("[workspace]\nresolver = \"3\"\nmembers = [{members}]\n");
    let crates: String = manifests.iter().map(|path| read(root, path)).collect();
    let inherited = |line: &str| {
        let name = line.split([' ', '.']).next().unwrap_or_default();
        let named = |form: &str| crates.contains(&format!("\n{name}{form}"));
        named(".workspace = true") || named(" = { workspace = true")
    };
    for section in sections(workspace).filter(|section| section.starts_with("[workspace.")) {
        let mut lines = section.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let title = lines.next().unwrap_or_default();
        let kept = lines.filter(|line| title != "[workspace.dependencies]" || inherited(line));
        let kept = kept.collect::<Vec<_>>().join("\n");
        write!(manifest, "\n{title}\n{kept}\n").expect("a text grows");
    }
    manifest
}

fn sections(manifest: &str) -> impl Iterator<Item = &str> {
    let starts = manifest.match_indices("\n[").map(|(at, _)| at + 1);
    let mut starts: Vec<usize> = starts.chain([manifest.len()]).collect();
    starts.insert(0, 0);
    starts.windows(2).map(|ends| &manifest[ends[0]..ends[1]]).collect::<Vec<_>>().into_iter()
}

/// What the lock file says of the SDK and of all that it needs.
fn lock(lock: &str) -> String {
    let mut blocks = lock.split("\n\n");
    let head = blocks.next().unwrap_or_default();
    let blocks: Vec<&str> = blocks.collect();
    let field = |block: &str, name: &str| {
        let line = block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "));
        line.unwrap_or_default().trim_matches('"').to_owned()
    };
    let mut open = vec![SDK.to_owned()];
    let mut needed = BTreeSet::new();
    while let Some(wanted) = open.pop() {
        // A name, and its version where there are several.
        let (name, version) = wanted.split_once(' ').unwrap_or((&wanted, ""));
        let is_it = |block: &str| {
            field(block, "name") == name && (version.is_empty() || field(block, "version") == version)
        };
        let found = blocks.iter().position(|block| is_it(block));
        let found =
            found.unwrap_or_else(|| panic!("{wanted} is not in Cargo.lock: run cargo build once more"));
        if needed.insert(found) {
            let items =
                blocks[found].lines().filter_map(|line| line.strip_prefix(" \"")?.strip_suffix("\","));
            open.extend(items.map(str::to_owned));
        }
    }
    let needed = needed.into_iter().map(|index| blocks[index].trim_end());
    [head].into_iter().chain(needed).collect::<Vec<_>>().join("\n\n") + "\n"
}
