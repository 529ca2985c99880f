//! What `cargo build` makes of this workspace.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value as Json;

/// The artifacts of one build, made once for a test binary.
#[derive(Debug)]
pub struct Workspace {
    /// Where Cargo.toml is.
    pub root: PathBuf,
    programs: HashMap<String, PathBuf>,
    libraries: HashMap<String, PathBuf>,
    foreign_library: Option<PathBuf>,
}

impl Workspace {
    /// Builds everything that runs: `cargo test` alone makes neither plugins nor other crates' programs. With the
    /// tests' own profile, target directory and features, so that nothing is compiled for the second time.
    pub fn built() -> &'static Self {
        static BUILT: OnceLock<Workspace> = OnceLock::new();
        // The examples bring in what only tests depend on, whose features `cargo test` compiles everything with.
        BUILT.get_or_init(|| Self::build(&["--workspace", "--lib", "--bins", "--examples"]))
    }

    /// The host's program.
    pub fn host(&self) -> &Path {
        self.program("chaos-kitty")
    }

    /// The worker's program.
    pub fn worker(&self) -> &Path {
        self.program("chaos-kitty-worker")
    }

    /// A program by its name.
    #[track_caller]
    pub fn program(&self, name: &str) -> &Path {
        self.programs.get(name).unwrap_or_else(|| panic!("no program {name} was built"))
    }

    /// A plugin's file by its operation.
    #[track_caller]
    pub fn plugin(&self, operation: &str) -> &Path {
        self.libraries.get(operation).unwrap_or_else(|| panic!("no plugin {operation} was built"))
    }

    /// A shared library that is whole, and no plugin.
    pub fn foreign_library(&self) -> &Path {
        self.foreign_library.as_deref().expect("some dependency is a procedural macro")
    }

    /// Builds a part of it, with no more features than these arguments of `cargo build` ask for.
    pub fn build(arguments: &[&str]) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned();
        // TARGET/PROFILE/deps/THIS
        let own = std::env::current_exe().unwrap();
        let profile = own.ancestors().nth(2).unwrap();
        let name = match profile.file_name().unwrap().to_str().unwrap() {
            "debug" => "dev",
            other => other,
        };
        let mut cargo = Command::new(env!("CARGO"));
        // Cargo told us of our own package. A build script that reads such a thing (ring's) would run again, and whatever stands
        // on it would be compiled again, at each change between this build and a person's.
        let told = std::env::vars_os().map(|(name, _)| name);
        let of_package = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
        told.filter(|name| name.to_str().is_some_and(of_package)).for_each(|name| {
            cargo.env_remove(name);
        });
        let output = cargo
            .arg("build")
            .args(arguments)
            .args(["--profile", name])
            .arg("--message-format=json-render-diagnostics")
            .arg("--target-dir")
            .arg(profile.parent().unwrap())
            .current_dir(&root)
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        assert!(output.status.success(), "the workspace does not build");
        let mut built =
            Self { root, programs: HashMap::new(), libraries: HashMap::new(), foreign_library: None };
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            built.note(&serde_json::from_str(line).unwrap_or_default());
        }
        built
    }

    fn note(&mut self, artifact: &Json) {
        let name = artifact["target"]["name"].as_str().unwrap_or_default().to_owned();
        if let Some(program) = artifact["executable"].as_str() {
            self.programs.insert(name, program.into());
            return;
        }
        let files = artifact["filenames"].as_array().into_iter().flatten().filter_map(Json::as_str);
        let Some(library) = files.map(PathBuf::from).find(|file| file.extension().is_some_and(|e| e == "so"))
        else {
            return;
        };
        match artifact["target"]["crate_types"][0].as_str() {
            Some("cdylib") => drop(self.libraries.insert(name, library)),
            Some("proc-macro") => self.foreign_library = Some(library),
            _ => {}
        }
    }
}
