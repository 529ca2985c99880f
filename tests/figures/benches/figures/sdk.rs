//! What the SDK costs an author of operations: the crates that it brings, a release build from nothing, and a plugin's size.

use chaos_kitty_figures::{Figure, Series, Table, Target, Unit};
use chaos_kitty_tests::{Json, Nest, Workspace};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use tokio::time::Instant;

const BUILDS: usize = 3;
const SOURCE: &str = "plugins/hairball/src/lib.rs";

/// Builds an operation of one's own, each time in a new directory.
pub(crate) fn measure(table: &mut Table) {
    let nest = Nest::new();
    let home = nest.path().join("mine");
    author(&home);
    let builds: Vec<Build> =
        (0..BUILDS).map(|turn| Build::measure(&home, &nest.path().join(format!("target-{turn}")))).collect();
    let seconds = Series::of(builds.iter().map(|build| build.seconds)).median();

    let figure =
        |what: &str, ours, unit, most| Figure::new("sdk", what, ours, unit).target(Target::AtMost(most));
    table.add(figure("crates that a plugin compiles", builds[0].crates as f64, Unit::Count, 60.0));
    table.add(figure("a plugin's release build, from nothing", seconds, Unit::Seconds, 30.0));
    table.add(figure(
        "a release plugin without its symbols",
        builds[0].bytes as f64,
        Unit::Bytes,
        1_048_576.0,
    ));
}

/// A crate as an author has it, with one dependency and cargo's own profiles.
fn author(home: &Path) {
    let root = &Workspace::built().root;
    let manifest = format!(
        "[package]\nname = \"mine\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[lib]\ncrate-type = [\"cdylib\"]\n\n\
         [dependencies]\nchaos-kitty-plugin = {{ path = {:?} }}\n\n[workspace]\n",
        root.join("core/plugin")
    );
    fs::create_dir_all(home.join("src")).expect("a directory can be made");
    fs::write(home.join("Cargo.toml"), manifest).expect("a file can be written");
    for (from, to) in [(SOURCE, "src/lib.rs"), ("Cargo.lock", "Cargo.lock")] {
        fs::copy(root.join(from), home.join(to)).expect("a file can be copied");
    }
    // Whatever has to be downloaded or noted is no part of a build.
    let fetched = Command::new(env!("CARGO")).arg("fetch").current_dir(home).status().expect("cargo is here");
    assert!(fetched.success(), "cargo fetch failed");
}

/// What one build came to.
struct Build {
    seconds: f64,
    crates: usize,
    bytes: u64,
}

impl Build {
    fn measure(home: &Path, target: &Path) -> Self {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--release", "--offline", "--message-format=json", "--target-dir"]).arg(target);
        cargo.args(["--config", "profile.release.strip=\"symbols\""]).current_dir(home);
        let begun = Instant::now();
        let output = cargo.output().expect("cargo is here");
        let seconds = begun.elapsed().as_secs_f64();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let said = String::from_utf8_lossy(&output.stdout);
        let artifacts = said.lines().filter_map(|line| serde_json::from_str::<Json>(line).ok());
        let packages: BTreeSet<String> =
            artifacts.filter_map(|artifact| artifact["package_id"].as_str().map(str::to_owned)).collect();
        let library = target.join("release/libmine.so");
        let bytes = fs::metadata(library).expect("a plugin was built").len();
        // The author's own is none of the SDK's.
        Self { seconds, crates: packages.len() - 1, bytes }
    }
}
