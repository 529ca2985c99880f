//! Broken plugins among good ones: one line each, and the rest runs.

use std::path::PathBuf;

use chaos_kitty_tests::{Json, Nest, Workspace, json};

/// Where an ELF header says which machine it is for.
const MACHINE: std::ops::Range<usize> = 18..20;

/// A directory with every kind of broken plugin, and a good one.
fn broken_directory(nest: &Nest) -> PathBuf {
    let directory = nest.path().join("plugins");
    std::fs::create_dir(&directory).unwrap();
    let built = Workspace::built();
    let good = std::fs::read(built.plugin("yowl")).unwrap();
    let mut foreign = good.clone();
    // Of the machines with 64 bits and little-endian numbers, one that we are not on.
    let other: u16 = if cfg!(target_arch = "riscv64") { 62 } else { 243 };
    foreign[MACHINE].copy_from_slice(&other.to_le_bytes());
    for (name, content) in [
        ("libyowl.so", &good[..]),
        ("libhairball.so", &good[..good.len() / 3]),
        ("libscratch.so", b"#!/bin/sh\necho meow\n"),
        ("libfloop.so", &foreign),
        ("libzoomies.so", b""),
        ("libforeign.so", &std::fs::read(built.foreign_library()).unwrap()),
    ] {
        std::fs::write(directory.join(name), content).unwrap();
    }
    directory
}

/// The messages of a log, one for each line.
fn warnings(log: &chaos_kitty_tests::Log) -> Vec<String> {
    let lines = log.lines();
    let warnings = lines.iter().filter(|line| line["level"] == "WARN");
    warnings.filter_map(|line| line["message"].as_str()).map(str::to_owned).collect()
}

#[test]
fn each_broken_plugin_is_one_line_and_the_rest_runs() {
    let nest = Nest::new();
    let directory = broken_directory(&nest);
    let plugins = directory.to_str().unwrap();
    let host = nest.host().program(nest.lone_host()).arguments(["--plugins", plugins]).start();
    let said = warnings(host.log());
    for (file, words) in [
        ("libhairball.so", "damaged or cut off"),
        ("libscratch.so", "not a Linux library"),
        ("libfloop.so", "it was built for"),
        ("libzoomies.so", "it is empty"),
    ] {
        let named = format!("plugin {plugins}/{file}: ");
        let lines: Vec<_> = said.iter().filter(|line| line.starts_with(&named)).collect();
        assert_eq!(lines.len(), 1, "{file}: {said:#?}");
        assert!(lines[0].contains(words), "{}", lines[0]);
        assert!(!lines[0].contains('\n') && lines[0].len() < 400, "one line, that can be read: {}", lines[0]);
    }
    let running = nest.operator().ask(&["operations"]);
    let running: Vec<_> = running.as_array().unwrap().iter().map(|operation| &operation["name"]).collect();
    assert_eq!(running, [&json!("yowl")]);
    let web = nest.victim("web").idle().start();
    host.registered(web.pid());
    assert_eq!(nest.operator().operation("yowl")["victims"], 1);
    host.stop();
}

#[test]
fn a_strict_host_does_not_start_with_a_broken_plugin() {
    let nest = Nest::new();
    let directory = broken_directory(&nest);
    let plugins = directory.to_str().unwrap();
    let strict = nest.host().program(nest.lone_host()).arguments(["--strict", "--plugins", plugins]);
    let (code, said) = strict.refused();
    assert_eq!(code, 2, "{said}");
    for file in ["libhairball.so", "libscratch.so", "libfloop.so", "libzoomies.so"] {
        assert!(said.contains(&format!("plugin {plugins}/{file}: ")), "{file}: {said}");
    }
    assert!(!nest.socket().exists());
}

#[test]
fn a_library_that_is_no_plugin_is_passed_by_and_cannot_be_an_operation() {
    let nest = Nest::new();
    let directory = nest.path().join("plugins");
    std::fs::create_dir(&directory).unwrap();
    std::fs::copy(Workspace::built().foreign_library(), directory.join("libpurr.so")).unwrap();
    let plugins = directory.to_str().unwrap();
    let configuration =
        "version = 1\n[[instance]]\noperation = \"yowl\"\nparameters = { interval = \"1h\" }\n";
    let host = nest.host().configuration(configuration).arguments(["--strict", "--plugins", plugins]).start();
    assert!(warnings(host.log()).is_empty(), "{}", host.log().shown());
    host.stop();
    let configuration = "version = 1\n[[instance]]\noperation = \"purr\"\n";
    let (code, said) = nest.host().configuration(configuration).arguments(["--plugins", plugins]).refused();
    assert!(code == 2 && said.contains("no plugin offers the operation `purr`"), "{code}: {said}");
}

#[test]
fn a_directory_of_plugins_that_is_not_there_is_named() {
    let nest = Nest::new();
    let host = nest.host().arguments(["--plugins", "/no/such/directory"]).start();
    let said = warnings(host.log());
    assert!(said.iter().any(|line| line.contains("/no/such/directory")), "{said:?}");
    host.stop();
}

const PANICKING: &str = r#"
version = 1
[[instance]]
operation = "misbehaving"
name = "at-register"
parameters = { misdeed = "panic in register" }
[[instance]]
operation = "misbehaving"
name = "at-status"
parameters = { misdeed = "panic in status" }
[[instance]]
operation = "misbehaving"
name = "at-run"
parameters = { misdeed = "panic in run" }
[[instance]]
operation = "misbehaving"
name = "in-new"
parameters = { misdeed = "panic in new" }
[[instance]]
operation = "yowl"
parameters = { interval = "50ms", probability = 1, messages = ["meow"] }
"#;

#[test]
fn a_plugin_that_panics_is_retired_with_its_place_and_the_others_go_on() {
    let nest = Nest::new();
    let host = nest.host().configuration(PANICKING).start();
    let in_new = warnings(host.log());
    assert!(in_new.iter().any(|line| line.starts_with("instance in-new does not run: ")), "{in_new:?}");
    let web = nest.victim("web").start();
    host.registered("web");
    // The status of one that panics over it is an error in its place, and those of the others are there.
    let status = nest.operator().operation("at-status");
    assert!(status["error"].as_str().is_some_and(|error| error.contains("on purpose")), "{status}");
    for name in ["at-register", "at-status", "at-run"] {
        let line = host.wait(&format!("{name} to be retired"), |line| {
            line["instance"] == name
                && line["message"].as_str().is_some_and(|text| text.starts_with("retired: "))
        });
        let message = line["message"].as_str().unwrap();
        assert!(message.contains("on purpose") && message.contains("misbehaving/src/lib.rs:"), "{message}");
    }
    let operations = nest.operator().ask(&["operations"]);
    let state = |name: &str| {
        let all = operations.as_array().unwrap();
        let found = all.iter().find(|operation| operation["name"] == name);
        found.map_or(Json::Null, |operation| operation["state"].clone())
    };
    for name in ["at-register", "at-status", "at-run"] {
        assert!(state(name).as_str().unwrap().starts_with("retired"), "{name}: {operations}");
    }
    assert_eq!((state("yowl"), state("in-new")), (json!("running"), Json::Null));
    let mark = web.log().mark();
    web.log().wait_after(mark, "a strike of the good one's", |line| line["message"] == "meow");
    host.stop();
}
