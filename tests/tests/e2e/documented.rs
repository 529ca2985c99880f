//! What the documentation tells a newcomer to do, done.

use std::path::Path;

use chaos_kitty_tests::{Block, Nest, Page, Process, Reader, Workspace, json};

/// What a user writes while following the page on operations.
fn write(reader: &mut Reader<'_>, block: &Block) {
    let source = reader.place().join("src/lib.rs");
    match &*block.language {
        "rust" if block.text.contains("export_operation!") => std::fs::write(source, &block.text).unwrap(),
        "rust" => {
            // A test of its own for the operation that there is by now.
            let uses = "use super::*;\nuse chaos_kitty_plugin::Value;\nuse chaos_kitty_plugin::kit::{Candidate, Kit};\n\
                        use std::time::Duration;";
            let mut text = std::fs::read_to_string(&source).unwrap();
            text.push_str(&format!("\n#[cfg(test)]\nmod more {{\n{uses}\n{}}}\n", block.text));
            std::fs::write(source, text).unwrap();
            let (code, said) = reader.run("cargo test");
            assert_eq!(code, 0, "{}: {said}", block.place);
        }
        "toml" => std::fs::write(reader.place().join("chaos.toml"), &block.text).unwrap(),
        "text" if block.text.starts_with("plugin dup/") => {
            broken_plugins(&reader.place().join("dup"));
            let (code, said) = reader.run("chaos-kitty check --strict --plugins dup");
            assert_ne!(code, 0, "{said}");
            // The first says that it is an error.
            let lines = said.lines().map(|line| line.trim_start_matches("error: "));
            assert_eq!(block.missing(lines), None, "{}: it said\n{said}", block.place);
        }
        _ => panic!("{}: nobody tests this block", block.place),
    }
}

/// Files that are no sound plugins.
fn broken_plugins(directory: &Path) {
    std::fs::create_dir(directory).unwrap();
    let good = std::fs::read(Workspace::built().plugin("yowl")).unwrap();
    let version = b"abi\x001.0.0\x00";
    let at = good.windows(version.len()).position(|bytes| bytes == version).expect("a manifest");
    let mut newer = good.clone();
    newer[at + 4] = b'2';
    for (name, content) in [("yowl", &*newer), ("cut", &good[..good.len() / 3]), ("text", b"meow")] {
        std::fs::write(directory.join(format!("lib{name}.so")), content).unwrap();
    }
}

#[test]
fn the_page_on_operations_takes_its_reader_to_one_that_strikes() {
    let nest = Nest::new();
    let mut reader = Reader::new(&nest);
    let page = Page::read("writing-an-operation.md");
    // The command that makes the crate, and what it says.
    let (new, rest) = page.blocks.split_at(2);
    reader.follow(new, write);
    // Kept, so that only the first run compiles what it depends on.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("outside");
    std::fs::create_dir_all(&target).unwrap();
    std::os::unix::fs::symlink(target, reader.place().join("target")).unwrap();
    reader.follow(rest, write);
    // What is of this nest alone would be compiled anew each time, and gather there.
    let (code, said) = reader.run("cargo clean -p stutter -p chaos-kitty-plugin -p chaos-kitty-abi");
    assert_eq!(code, 0, "{said}");
}

#[test]
fn the_documented_configuration_is_good() {
    let nest = Nest::new();
    let file = Workspace::built().root.join("docs/examples/chaos.toml");
    let page = Page::read("configuration.md");
    let shown = page.blocks.iter().find(|block| block.language == "toml").unwrap();
    assert_eq!(
        shown.text,
        std::fs::read_to_string(&file).unwrap(),
        "make {} and the file the same",
        shown.place
    );
    let checked = nest.operator().ask(&["check", "--config", file.to_str().unwrap()]);
    assert_eq!(checked["good"], true, "{checked}");
    assert!(checked["instances"].as_array().unwrap().contains(&json!("slow-api")), "{checked}");
    for other in page.blocks.iter().filter(|block| block.language == "toml").skip(1) {
        let file = nest.file("other.toml", &other.text);
        let checked = nest.operator().run(&["check", "--config", file.to_str().unwrap()]);
        assert_eq!(checked.code, 0, "{}: {checked:?}", other.place);
    }
}

#[test]
fn the_documented_limits_are_good_and_shown() {
    let nest = Nest::new();
    let page = Page::read("limits.md");
    let block = |language: &str| page.blocks.iter().find(|block| block.language == language).unwrap();
    let host = nest.host().configuration(&block("toml").text).start();
    let victim = nest.victim("web").label("tier", "web").start();
    host.registered(victim.pid());
    let said = nest.operator().run(&["status"]).text;
    // Each limit of the table is there, whatever is used of it.
    let shown = |line: &str| line.split_whitespace().take(2).map(str::to_owned).collect::<Vec<_>>();
    let said: Vec<_> = said.lines().map(shown).collect();
    for line in block("text").text.lines().filter(|line| line.contains("[limits")) {
        assert!(said.contains(&shown(line)), "{}: no `{line}` in {said:?}", block("text").place);
    }
    host.stop();
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

    // From where the worker looks for it; the loader takes no path with a blank, and the worker says so.
    let plain = nest.path().join("plain");
    std::os::unix::fs::symlink(&prefix, &plain).unwrap();
    let inside = ["--inside", "--", "true"];
    let refused = nest.command(plain.join("bin/chaos-kitty-worker")).args(inside).output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(126), "{said}");
    assert!(said.contains("lib/chaos-kitty/libchaos_kitty_inside.so") && said.contains("blank"), "{said}");

    let host = nest.host().program(prefix.join("bin/chaos-kitty")).arguments(["--strict"]).start();
    let operations = nest.operator().ask(&["operations"]);
    let operations = operations.as_array().unwrap();
    let names: Vec<_> = operations.iter().map(|operation| operation["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["hairball", "floop", "zoomies", "yowl", "scratch"], "the others wait to be asked for");
    let plugins = prefix.join("lib/chaos-kitty/plugins").canonicalize().unwrap();
    for operation in operations {
        let file = Path::new(operation["file"].as_str().unwrap());
        assert_eq!(file.canonicalize().unwrap().parent(), Some(&*plugins), "{operation}");
        assert_eq!(operation["state"], "running");
    }
    host.stop();
    let instances = "[{ operation = 'pounce' }, { operation = 'hiss' }, { operation = 'mousetrap' }, { operation = 'catnap' }]";
    let host = nest.host().program(prefix.join("bin/chaos-kitty")).arguments(["--strict"]);
    let host = host.configuration(format!("version = 1\ninstance = {instances}\n")).start();
    let operations = nest.operator().ask(&["operations"]);
    let running = operations.as_array().unwrap().iter().filter(|operation| operation["state"] == "running");
    assert_eq!(running.count(), 4, "{operations}");
    host.stop();
}
