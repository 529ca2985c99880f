//! The layers of the house, as ARCHITECTURE.md numbers them: held against what cargo knows.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use chaos_kitty_tests::{Json, Workspace};

/// The packages of the workspace, and what each depends on to be built and run, also what is not of the workspace.
struct House {
    members: BTreeSet<String>,
    public: BTreeSet<String>,
    needs: BTreeMap<String, BTreeSet<String>>,
}

impl House {
    fn read() -> Self {
        // For this platform alone: what others need may not have been downloaded.
        let version = Command::new(env!("CARGO")).arg("-vV").output().unwrap();
        let version = String::from_utf8(version.stdout).unwrap();
        let platform = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version=1", "--offline", "--filter-platform", platform])
            .current_dir(&Workspace::built().root)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let metadata: Json = serde_json::from_slice(&output.stdout).unwrap();
        let packages = metadata["packages"].as_array().unwrap();
        let name_of = |id: &Json| {
            let package = packages.iter().find(|package| package["id"] == *id).unwrap();
            package["name"].as_str().unwrap().to_owned()
        };
        let members = metadata["workspace_members"].as_array().unwrap();
        let is_public = |package: &&Json| members.contains(&package["id"]) && package["publish"].is_null();
        let public = packages.iter().filter(is_public).map(|package| name_of(&package["id"])).collect();
        let needs = metadata["resolve"]["nodes"].as_array().unwrap().iter().map(|node| {
            let needed = node["deps"].as_array().unwrap().iter().filter(|needed| {
                // What only tests need is in no build.
                needed["dep_kinds"].as_array().unwrap().iter().any(|kind| kind["kind"] != "dev")
            });
            (name_of(&node["id"]), needed.map(|needed| name_of(&needed["pkg"])).collect())
        });
        Self { members: members.iter().map(name_of).collect(), public, needs: needs.collect() }
    }

    /// The members that a package names.
    fn names(&self, package: &str) -> BTreeSet<&str> {
        let needed = self.needs[package].iter().filter(|needed| self.members.contains(*needed));
        needed.map(String::as_str).collect()
    }

    /// Everything that a package ends up with.
    fn reaches(&self, package: &str) -> BTreeSet<&str> {
        let mut reached = BTreeSet::new();
        let mut open = vec![package];
        while let Some(package) = open.pop() {
            for needed in &self.needs[package] {
                if reached.insert(needed.as_str()) {
                    open.push(needed);
                }
            }
        }
        reached
    }
}

const PLUGINS: [&str; 9] =
    ["hairball", "scratch", "floop", "zoomies", "yowl", "pounce", "hiss", "mousetrap", "catnap"];

#[test]
fn each_crate_names_the_layer_below_it_and_no_other() {
    let house = House::read();
    for (package, below) in [
        ("chaos-kitty-abi", &[][..]),
        ("chaos-kitty-bus", &[]),
        ("chaos-kitty-plugin", &["chaos-kitty-abi", "chaos-kitty-plugin-derive"]),
        ("chaos-kitty-plugin-derive", &[]),
        ("chaos-kitty", &["chaos-kitty-abi", "chaos-kitty-bus"]),
        ("chaos-kitty-worker", &["chaos-kitty-bus", "chaos-kitty-table"]),
        ("chaos-kitty-inside", &["chaos-kitty-table"]),
        ("chaos-kitty-table", &[]),
    ] {
        assert_eq!(house.names(package), below.iter().copied().collect(), "{package}");
    }
    for plugin in PLUGINS {
        assert_eq!(house.names(plugin), ["chaos-kitty-plugin"].into(), "{plugin}");
    }
}

#[test]
fn plugins_compile_no_bus_and_victims_compile_no_abi() {
    let house = House::read();
    for plugin in PLUGINS.into_iter().chain(["chaos-kitty-plugin"]) {
        let reached = house.reaches(plugin);
        for foreign in ["chaos-kitty-bus", "chaos-kitty", "chaos-kitty-worker", "tokio"] {
            assert!(!reached.contains(foreign), "{plugin} ends up with {foreign}");
        }
    }
    for below in ["chaos-kitty-worker", "chaos-kitty-bus"] {
        let reached = house.reaches(below);
        for foreign in ["chaos-kitty-plugin", "chaos-kitty-abi", "chaos-kitty", "abi_stable"] {
            assert!(!reached.contains(foreign), "{below} ends up with {foreign}");
        }
    }
    assert!(!house.reaches("chaos-kitty").contains("chaos-kitty-plugin"));
    // What is in somebody else's program is small: it has neither a runtime nor a wire.
    let inside = house.reaches("chaos-kitty-inside");
    for foreign in ["chaos-kitty-bus", "chaos-kitty-worker", "tokio", "tracing", "serde"] {
        assert!(!inside.contains(foreign), "chaos-kitty-inside ends up with {foreign}");
    }
}

/// What an author of an operation has to wait for, build and trust.
const MOST_CRATES: usize = 60;

#[test]
fn a_plugin_compiles_few_crates() {
    let house = House::read();
    for plugin in PLUGINS {
        let reached = house.reaches(plugin);
        let count = reached.len();
        assert!(count <= MOST_CRATES, "{plugin} depends on {count} crates: {reached:?}");
    }
}

#[test]
fn nothing_depends_on_the_host_and_only_the_abi_names_abi_stable() {
    let house = House::read();
    for (package, needed) in &house.needs {
        assert!(!needed.contains("chaos-kitty"), "{package} depends on the host");
        if house.members.contains(package) && package != "chaos-kitty-abi" {
            assert!(!needed.contains("abi_stable"), "{package} names abi_stable");
        }
    }
    assert!(house.needs["chaos-kitty-abi"].contains("abi_stable"));
}

#[test]
fn what_is_published_is_what_users_write_against_and_run() {
    let public = House::read().public;
    let others: BTreeSet<&str> = [
        "chaos-kitty",
        "chaos-kitty-abi",
        "chaos-kitty-bus",
        "chaos-kitty-inside",
        "chaos-kitty-plugin",
        "chaos-kitty-plugin-derive",
        "chaos-kitty-table",
        "chaos-kitty-worker",
    ]
    .into();
    let public: BTreeSet<&str> =
        public.iter().map(String::as_str).filter(|name| !PLUGINS.contains(name)).collect();
    assert_eq!(public, others);
}
