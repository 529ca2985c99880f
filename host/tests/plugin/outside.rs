//! A user's operation: a crate outside of this workspace, with one dependency.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use chaos_kitty::plugin::Instance;
use chaos_kitty_bus::Value;
use tempfile::TempDir;
use tokio::runtime::Handle;

use crate::support::ground::PretendGround;
use crate::support::{build, construct, load, soon, victim};

const SOURCE: &str = r#"
use chaos_kitty_plugin::{Context, Interval, Operation, Probability, Result, serde};

#[derive(serde::Serialize, serde::Deserialize)]
#[serde(crate = "chaos_kitty_plugin::serde", deny_unknown_fields)]
struct Hiccup {
    interval: Interval,
    probability: Probability,
}

impl Operation for Hiccup {
    type Config = Self;

    fn new(config: Self) -> Result<Self> {
        Ok(config)
    }

    fn status(&self, _: &Context) -> impl serde::Serialize {
        self
    }

    async fn run(&self, context: &Context) -> Result<()> {
        context
            .strike_at_random(self.interval, self.probability, async |victim, chance| {
                victim.invoke("hiccup", [chance.integer("times", 1, 3)]).await
            })
            .await
    }
}

chaos_kitty_plugin::export_operation!(Hiccup);
"#;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The crate, and where to build it: beside our own output, so that its dependencies are built once.
fn outside() -> (TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let dependency = root().join("core/plugin");
    let manifest = format!(
        "[package]\nname = \"hiccup\"\nversion = \"3.1.4\"\nedition = \"2024\"\n\n\
         [lib]\ncrate-type = [\"cdylib\"]\n\n\
         [dependencies]\nchaos-kitty-plugin = {{ path = {dependency:?} }}\n"
    );
    fs::write(home.path().join("Cargo.toml"), manifest).unwrap();
    // The versions that are here already.
    fs::copy(root().join("Cargo.lock"), home.path().join("Cargo.lock")).unwrap();
    fs::create_dir(home.path().join("src")).unwrap();
    fs::write(home.path().join("src/lib.rs"), SOURCE).unwrap();
    (home, PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("outside"))
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_built_with_one_dependency_and_strikes() {
    let (home, target) = outside();
    let manifest = home.path().join("Cargo.toml");
    let file = build::cargo_build(&manifest, "hiccup", &["--target-dir", target.to_str().unwrap()]);
    let library = load(&file);
    assert_eq!((&*library.manifest().name, &*library.manifest().version), ("hiccup", "3.1.4"));

    let (ground, mut strikes) = PretendGround::new(&[1]);
    let entries = [("interval", "1ms".into()), ("probability", 1.into())];
    let operation = construct(&library, "mine", &entries, &ground).unwrap();
    let instance = Instance::start(operation, &Handle::current());
    soon("register", instance.register(victim(1, "cat"))).await.unwrap();
    let strike = soon("strike", strikes.recv()).await.unwrap();
    assert_eq!((&*strike.instance, strike.victim), ("mine", 1));
    assert_eq!(strike.request.get("method").unwrap().as_str(), Some("hiccup"));
    assert_eq!(strike.request.get("arguments"), Some(&Value::Array(vec![1.into()])));
    let error = construct(&library, "mine", &[("interval", 1.into())], &ground).err().unwrap();
    assert_eq!(error.message, "missing field `probability`");

    // One that would end the host with its first panic is not even built.
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["rustc", "--manifest-path"]).arg(&manifest).arg("--target-dir").arg(&target);
    let output = cargo.args(["--", "-C", "panic=abort"]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        !output.status.success() && said.contains("a Chaos Kitty plugin needs panic = \"unwind\""),
        "{said}"
    );
}
