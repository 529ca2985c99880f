//! What the documentation tells a newcomer to do, done.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use chaos_kitty_tests::{Json, Nest, Process, Workspace, json};

/// The operation of docs/writing-an-operation.md, as a crate of its user's: outside of the workspace, with one
/// dependency.
fn copied_operation(nest: &Nest) -> PathBuf {
    let root = &Workspace::built().root;
    let example = root.join("docs/examples/my-operation");
    let home = nest.path().join("my-operation");
    std::fs::create_dir_all(home.join("src")).unwrap();
    std::fs::copy(example.join("src/lib.rs"), home.join("src/lib.rs")).unwrap();
    let manifest = std::fs::read_to_string(example.join("Cargo.toml")).unwrap();
    let there = manifest.replace("../../../core/plugin", root.join("core/plugin").to_str().unwrap());
    assert_ne!(there, manifest, "the example's dependency is elsewhere now");
    std::fs::write(home.join("Cargo.toml"), there).unwrap();
    // The versions that are here already.
    std::fs::copy(root.join("Cargo.lock"), home.join("Cargo.lock")).unwrap();
    home
}

/// Runs cargo in a directory, and answers the library that it made.
fn cargo(home: &Path, command: &str) -> Option<PathBuf> {
    let output = Command::new(env!("CARGO"))
        .args([command, "--message-format=json-render-diagnostics", "--target-dir"])
        // Kept, so that only the first run compiles what it depends on.
        .arg(Path::new(env!("CARGO_TARGET_TMPDIR")).join("outside"))
        .current_dir(home)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "cargo {command}: {}\n{said}", String::from_utf8_lossy(&output.stderr));
    let mut artifacts = said.lines().filter_map(|line| serde_json::from_str::<Json>(line).ok());
    let library = artifacts.find(|artifact| artifact["target"]["kind"] == json!(["cdylib"]));
    library.and_then(|artifact| artifact["filenames"][0].as_str().map(PathBuf::from))
}

#[test]
fn an_operation_of_ones_own_is_built_loaded_and_strikes() {
    let nest = Nest::new();
    let home = copied_operation(&nest);
    cargo(&home, "test");
    let library = cargo(&home, "build").expect("a library");
    let plugins = nest.path().join("plugins");
    std::fs::create_dir(&plugins).unwrap();
    std::fs::copy(library, plugins.join("libstutter.so")).unwrap();
    let configuration = |duration: &str| {
        format!(
            "version = 1\n[host]\nplugins = [\"plugins\"]\n[[instance]]\noperation = \"stutter\"\n[instance.parameters]\n\
             interval = \"100ms\"\nprobability = 1\nrest = \"10ms\"\nmin_duration = {duration}\nmax_duration = \"500ms\"\n"
        )
    };
    let (code, said) = nest.host().configuration(configuration("\"1s\"")).refused();
    assert!(code == 2 && said.contains("chaos.toml:10:16: "), "{code}: {said}");
    assert!(said.contains("1 s is more than max_duration, which is 0.5 s"), "{said}");

    let host = nest.host().configuration(configuration("\"400ms\"")).start();
    let web = nest.victim("web").start();
    host.registered("web");
    let strike = host.strikes("web", "delay");
    assert_eq!(strike["origin"]["instance"]["name"], "stutter");
    web.event("held", |_| true);
    let status = nest.operator().operation("stutter");
    assert_eq!((&status["victims"], &status["style"]), (&json!(1), &json!("hold")));
    host.stop();
}

#[test]
fn the_documented_configuration_is_good() {
    let nest = Nest::new();
    let file = Workspace::built().root.join("docs/examples/chaos.toml");
    let checked = nest.operator().ask(&["check", "--config", file.to_str().unwrap()]);
    assert_eq!(checked["good"], true, "{checked}");
    assert!(checked["instances"].as_array().unwrap().contains(&json!("slow-api")), "{checked}");
}

#[test]
fn what_is_installed_runs_from_there() {
    let nest = Nest::new();
    let built = Workspace::built();
    // What a release build would have made: the script looks for it there.
    let target = nest.path().join("target");
    std::fs::create_dir(&target).unwrap();
    std::os::unix::fs::symlink(built.host().parent().unwrap(), target.join("release")).unwrap();
    let prefix = nest.path().join("a prefix");
    let mut install = nest.command(built.root.join("install.sh"));
    install.env("CARGO_TARGET_DIR", &target).arg("--no-build").arg(&prefix);
    let mut install = Process::start("install.sh", &mut install);
    assert_eq!(install.exit_code(), 0, "{}", install.complained().shown());

    let host = nest.host().program(prefix.join("bin/chaos-kitty")).arguments(["--strict"]).start();
    let operations = nest.operator().ask(&["operations"]);
    let operations = operations.as_array().unwrap();
    assert_eq!(operations.len(), 5, "{operations:?}");
    let plugins = prefix.join("lib/chaos-kitty/plugins").canonicalize().unwrap();
    for operation in operations {
        let file = Path::new(operation["file"].as_str().unwrap());
        assert_eq!(file.canonicalize().unwrap().parent(), Some(&*plugins), "{operation}");
        assert_eq!(operation["state"], "running");
    }
    host.stop();
}
