//! A plugin that was built with the first SDK, and a host of today.

use std::path::{Path, PathBuf};

use chaos_kitty_tests::{Nest, Workspace, json, vitals};

use crate::cargo;

/// The first SDK, its dependencies and the plugin, as they were kept: see their README.md.
const KEPT: u64 = 0xd9e8_cdce_9055_360a;

/// The boundary of ABI 1.0.0, as it was written when that was frozen.
const BOUNDARY: u64 = 0x6aa3_b61f_0f90_f365;

fn home() -> PathBuf {
    Workspace::built().root.join("tests/plugins/first")
}

/// Every file below a directory, in the order of their paths.
fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect();
    files.sort();
    files
}

/// FNV-1a: whoever edits the copy without thinking of it is to be told, and nobody else.
fn checksum(parts: impl IntoIterator<Item = Vec<u8>>) -> u64 {
    parts
        .into_iter()
        .flatten()
        .fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

#[test]
fn the_first_sdk_is_kept_as_it_was() {
    let home = home();
    let kept = [files(&home.join("sdk")), vec![home.join("Cargo.lock")]].concat();
    let parts = kept.iter().flat_map(|file| {
        let name = file.strip_prefix(&home).unwrap().to_str().unwrap();
        [name.as_bytes().to_vec(), std::fs::read(file).unwrap()]
    });
    assert_eq!(
        checksum(parts),
        KEPT,
        "somebody edited the first SDK, which users have built with: take that back, see {}",
        home.join("README.md").display()
    );
}

#[test]
fn the_boundary_of_the_first_abi_is_kept_as_it_was() {
    let kept = Workspace::built().root.join("core/abi/tests/boundary-1.0.0.txt");
    assert_eq!(
        checksum([std::fs::read(&kept).unwrap()]),
        BOUNDARY,
        "somebody wrote {} anew: take that back, for plugins are out there that were built with it. A new boundary has a version \
         of its own",
        kept.display()
    );
}

#[test]
fn a_plugin_of_the_first_sdk_is_reloaded_here_and_in_a_process_of_its_own() {
    let nest = Nest::new();
    let library = cargo::build(&home());
    let plugins = nest.path().join("plugins");
    std::fs::create_dir(&plugins).unwrap();
    std::fs::copy(library, plugins.join("libfirst.so")).unwrap();
    for is_isolated in [false, true] {
        let configuration = format!(
            "version = 1\n[host]\nplugins = [\"plugins\"]\n[[instance]]\noperation = \"first\"\nisolate = {is_isolated}\n\
             parameters = {{ interval = \"50ms\", probability = 1 }}\n"
        );
        let host = nest.host().configuration(configuration).arguments(["--strict"]).start();
        assert_eq!(vitals::children(host.pid()).len(), usize::from(is_isolated));
        let web = nest.victim("web").start();
        host.strikes("web", "delay");
        for _ in 0..2 {
            let change = nest.operator().ask(&["operations", "reload", "first"]);
            assert_eq!(change["instances"][0]["victims"], 1, "{change}");
            let mark = host.log().mark();
            host.record_after(mark, "a strike of the new one's", |record| record["ruling"] == "strike");
            assert_eq!(nest.operator().operation("first")["victims"], json!(1));
        }
        drop(web);
        host.stop();
    }
}

#[test]
fn a_plugin_of_the_first_sdk_loads_strikes_and_is_told_what_is_wrong_with_its_parameters() {
    let nest = Nest::new();
    let library = cargo::build(&home());
    let plugins = nest.path().join("plugins");
    std::fs::create_dir(&plugins).unwrap();
    std::fs::copy(library, plugins.join("libfirst.so")).unwrap();
    let configuration = |line: &str| {
        format!(
            "version = 1\n[host]\nplugins = [\"plugins\"]\n[[instance]]\noperation = \"first\"\n[instance.parameters]\n\
             interval = \"50ms\"\nprobability = 1\n{line}\n"
        )
    };
    for (line, place, words) in [
        ("shortest = 3", "9:12", "3 s is more than longest, which is 0.2 s"),
        ("longest = \"soon\"", "9:11", "`soon` is not a time in seconds"),
        ("shotest = 3", "9:1", "unknown field `shotest`, expected one of `interval`"),
    ] {
        let (code, said) = nest.host().configuration(configuration(line)).refused();
        assert!(code == 2 && said.contains(&format!("chaos.toml:{place}: ")), "{code}: {said}");
        assert!(said.contains(words), "{said}");
    }

    let host = nest.host().configuration(configuration("")).arguments(["--strict"]).start();
    let web = nest.victim("web").start();
    let id = host.registered("web").id;
    let strike = host.strikes("web", "delay");
    assert_eq!(strike["origin"]["instance"]["name"], "first");
    web.event("held", |_| true);
    assert_eq!(nest.operator().operation("first")["victims"], json!(1));
    drop(web);
    host.left(id);
    nest.operator().until("it has been told", || nest.operator().operation("first")["victims"] == json!(0));
    host.stop();

    // It was built before an operation could be asked about its parameters.
    let file = plugins.join("libfirst.so");
    let described = nest.operator().ask(&["operations", "describe", file.to_str().unwrap()]);
    assert_eq!((&described["name"], &described["abi"]), (&json!("first"), &json!("1.0.0")));
    assert_eq!((&described["sdk"], &described["version"]), (&json!("0.1.0"), &json!("0.1.0")));
    assert_eq!(described["description"], "A plugin as it was built with the first SDK");
    assert_eq!(described["parameters"], json!(null));
}
