//! Where plugins are looked for, and what a host does that is strict about them. Each way of being broken has a row in
//! the table of `misbehaving`.

use std::path::PathBuf;

use chaos_kitty_tests::{Nest, Workspace};

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
fn a_directory_of_plugins_that_is_not_there_is_named() {
    let nest = Nest::new();
    let host = nest.host().arguments(["--plugins", "/no/such/directory"]).start();
    let said = warnings(host.log());
    assert!(said.iter().any(|line| line.contains("/no/such/directory")), "{said:?}");
    host.stop();
}
