//! What an author wrote about parameters, as an operator reads it: asked for, and where the configuration is wrong.

use std::path::PathBuf;

use chaos_kitty_tests::{Json, Nest, Process, Workspace, json, vitals};

use crate::cargo;

/// An operation with every kind of parameter.
const SOURCE: &str = r#"
use chaos_kitty_plugin::{Context, Operation, Parameters, Result, Seconds, serde};

/// Purrs at a victim.
///
/// Nobody knows why.
#[derive(serde::Deserialize, Parameters)]
#[serde(crate = "chaos_kitty_plugin::serde", deny_unknown_fields)]
struct Purr {
    /// How loud.
    volume: Volume,
    /// What comes after what.
    steps: Vec<Step>,
    #[serde(default)]
    rest: Rest,
    /// Before it ends.
    #[serde(default)]
    times: Option<u8>,
}

#[derive(serde::Deserialize, Parameters)]
#[serde(crate = "chaos_kitty_plugin::serde", rename_all = "snake_case")]
enum Volume {
    /// As a cat does.
    VeryLow,
    High,
}

#[derive(serde::Deserialize, Parameters)]
#[serde(crate = "chaos_kitty_plugin::serde", deny_unknown_fields)]
struct Step {
    /// How long one takes.
    duration: Seconds,
}

/// In between.
#[derive(serde::Deserialize, Parameters)]
#[serde(crate = "chaos_kitty_plugin::serde", default, deny_unknown_fields)]
struct Rest {
    shortest: Seconds,
}

impl Default for Rest {
    fn default() -> Self {
        Self { shortest: Seconds::from(0.25) }
    }
}

impl Operation for Purr {
    type Config = Self;

    fn new(config: Self) -> Result<Self> {
        Ok(config)
    }

    fn status(&self, _: &Context) -> impl serde::Serialize {
        self.value()
    }

    async fn run(&self, _: &Context) -> Result<()> {
        std::future::pending().await
    }
}

chaos_kitty_plugin::export_operation!(Purr);
"#;

/// An operation whose defaults do what the environment says, and whose type contains itself.
const PRONE: &str = r#"
use chaos_kitty_plugin::{Context, Operation, Parameters, Result, serde};

#[derive(serde::Deserialize, Parameters)]
#[serde(crate = "chaos_kitty_plugin::serde", default, deny_unknown_fields)]
struct Prone {
    /// Whatever.
    depth: u8,
    /// What comes after it.
    first: Option<Box<Node>>,
}

#[derive(serde::Deserialize, Parameters)]
#[serde(crate = "chaos_kitty_plugin::serde", deny_unknown_fields)]
struct Node {
    next: Option<Box<Node>>,
    others: Vec<Node>,
}

impl Default for Prone {
    fn default() -> Self {
        match &*std::env::var("MISDEED").unwrap_or_default() {
            "panic" => panic!("on purpose"),
            "exit" => { println!("to nobody"); std::process::exit(0) }
            "abort" => std::process::abort(),
            "hang" => loop { std::thread::park() },
            "overflow" => Self { depth: deep(0), first: None },
            _ => Self { depth: 3, first: None },
        }
    }
}

#[allow(unconditional_recursion)]
fn deep(depth: u64) -> u8 {
    deep(std::hint::black_box(depth) + 1) + std::hint::black_box(1)
}

impl Operation for Prone {
    type Config = Self;

    fn new(config: Self) -> Result<Self> {
        Ok(config)
    }

    fn status(&self, _: &Context) -> impl serde::Serialize {}

    async fn run(&self, _: &Context) -> Result<()> {
        std::future::pending().await
    }
}

chaos_kitty_plugin::export_operation!(Prone);
"#;

/// A directory of plugins with this one.
fn plugin(nest: &Nest, name: &str, source: &str) -> PathBuf {
    let (home, plugins) = (nest.path().join(name), nest.path().join("plugins"));
    std::fs::create_dir_all(home.join("src")).unwrap();
    std::fs::create_dir(&plugins).unwrap();
    let root = &Workspace::built().root;
    let manifest = format!(
        "[package]\nname = {name:?}\nversion = \"2.0.1\"\nedition = \"2024\"\ndescription = \"Purrs\"\n\n\
         [lib]\ncrate-type = [\"cdylib\"]\n\n\
         [dependencies]\nchaos-kitty-plugin = {{ path = {:?} }}\n\n[workspace]\n",
        root.join("core/plugin")
    );
    for (name, content) in [("Cargo.toml", &*manifest), ("src/lib.rs", source)] {
        std::fs::write(home.join(name), content).unwrap();
    }
    // The versions that are here already.
    std::fs::copy(root.join("Cargo.lock"), home.join("Cargo.lock")).unwrap();
    let library = cargo::build(&home);
    std::fs::copy(library, plugins.join(format!("lib{name}.so"))).unwrap();
    plugins
}

/// The rows of a table, each without the space between its columns.
fn rows(text: &str) -> Vec<String> {
    text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn an_operation_of_ones_own_is_described_by_its_type() {
    let nest = Nest::new();
    let plugins = plugin(&nest, "purr", SOURCE);
    let described =
        nest.operator().run(&["operations", "describe", "purr", "--plugins", plugins.to_str().unwrap()]);
    assert_eq!((described.code, &*described.error), (0, ""), "{described:?}");
    let rows = rows(&described.text);
    assert_eq!(rows[..3], ["purr 2.0.1: Purrs", "Purrs at a victim.", "Nobody knows why."]);
    let file = plugins.join("libpurr.so");
    for row in [
        "parameter type unit default meaning",
        "volume choice required How loud.",
        "steps list of table required What comes after what.",
        "steps[].duration time s required How long one takes.",
        "rest table In between.",
        "rest.shortest time s 0.25",
        "times whole number nothing Before it ends.",
        "volume meaning",
        "very_low As a cat does.",
        "high",
        &format!("plugin {} (ABI 1.0.0, SDK 0.1.0)", file.display()),
    ] {
        assert!(rows.iter().any(|known| known == row), "no `{row}` in:\n{}", described.text);
    }

    // The names that it has are those that are proposed, wherever a wrong one stands.
    let given = |volume: &str, step: &str, rest: &str| {
        format!(
            "version = 1\n[host]\nplugins = [\"plugins\"]\n[[instance]]\noperation = \"purr\"\n[instance.parameters]\n\
             volume = {volume}\nrest = {{ {rest} = 1 }}\n[[instance.parameters.steps]]\nduration = 1\n\
             [[instance.parameters.steps]]\n{step}\n"
        )
    };
    for (text, place, line, words) in [
        (
            given("\"very_lwo\"", "duration = 1", "shortest"),
            "7:10",
            "^^^^^^^^^^",
            "unknown word `very_lwo`, did you mean `very_low`",
        ),
        (
            given("\"loud\"", "duration = 1", "shortest"),
            "7:10",
            "^^^^^^",
            "unknown word `loud`, there are very_low, high",
        ),
        (
            given("3", "duration = 1", "shortest"),
            "7:10",
            "^",
            "3 is not one of the words that there are to choose from",
        ),
        (
            given("\"high\"", "duraton = 1", "shortest"),
            "12:1",
            "^^^^^^^",
            "unknown parameter `duraton`, did you mean `duration`",
        ),
        (
            given("\"high\"", "duration = \"soon\"", "shortest"),
            "12:12",
            "^^^^^^",
            "`soon` is not a time in seconds",
        ),
        (
            given("\"high\"", "duration = 1", "shrotest"),
            "8:10",
            "^^^^^^^^",
            "unknown parameter `shrotest`, did you mean `shortest`",
        ),
    ] {
        let (code, said) = nest.host().configuration(&text).refused();
        assert!(
            code == 2 && said.contains(&format!("chaos.toml:{place}: ")) && said.contains(words),
            "{code}: {said}\n{text}"
        );
        let caret = said.lines().find_map(|line| line.trim().strip_prefix("| ")).map(str::trim);
        assert_eq!(caret, Some(line), "{said}");
    }
}

#[test]
fn our_operations_say_what_every_parameter_means() {
    let nest = Nest::new();
    for (operation, parameters) in [
        ("hairball", &["interval", "probability", "min_delay", "max_delay"][..]),
        ("scratch", &["interval", "probability", "signal"]),
        ("floop", &["interval", "probability", "min_size_mb", "max_size_mb", "hold_duration"]),
        ("zoomies", &["interval", "probability", "min_duration", "max_duration"]),
        ("yowl", &["interval", "probability", "messages"]),
        ("pounce", &["interval", "probability", "min_duration", "max_duration"]),
        ("mousetrap", &["interval", "probability", "leave", "duration"]),
        ("catnap", &["interval", "probability", "min_shift", "max_shift", "drift", "duration"]),
        (
            "hiss",
            &[
                "interval",
                "probability",
                "calls",
                "errno",
                "delay",
                "share",
                "path",
                "address",
                "port",
                "rate",
                "after",
                "times",
                "duration",
            ],
        ),
    ] {
        // No host is there to ask.
        let described = nest.operator().ask(&["operations", "describe", operation]);
        let said = described["parameters"].as_array().unwrap();
        let names: Vec<_> = said.iter().map(|parameter| parameter["name"].as_str().unwrap()).collect();
        assert_eq!(names, parameters, "{described}");
        for parameter in said {
            let told = |key: &str| parameter[key].as_str().is_some_and(|text| !text.is_empty());
            // Which call is meant, and what becomes of it, may be left open.
            let is_open = !["interval", "probability", "calls", "rate", "duration"]
                .contains(&parameter["name"].as_str().unwrap());
            let has_default = !parameter["default"].is_null() || operation == "hiss" && is_open;
            assert!(told("meaning") && parameter["kind"]["type"] != "" && has_default, "{parameter}");
        }
        assert!(described["meaning"].as_str().is_some_and(|meaning| !meaning.is_empty()), "{described}");
    }
    let interval: Json = nest.operator().ask(&["operations", "describe", "floop"])["parameters"][2].take();
    let size = json!({ "type": "size", "unit": "MiB", "meaning": "" });
    let expected = json!({ "name": "min_size_mb", "kind": size, "default": 10, "meaning": "The least memory that is taken." });
    assert_eq!(interval, expected);
    assert!(!nest.socket().exists());
    assert_eq!(std::fs::read_dir(nest.tmp()).unwrap().count(), 0, "a copy of a plugin stays");
}

#[test]
fn an_operation_that_cannot_be_described_is_said_to_be_one() {
    let nest = Nest::new();
    let operator = nest.operator();
    let unknown = operator.run(&["operations", "describe", "harball"]);
    assert_eq!(unknown.code, 2, "{unknown:?}");
    for words in ["no plugin offers the operation `harball`", "did you mean `hairball`", "--plugins"] {
        assert!(unknown.error.contains(words), "no `{words}` in:\n{}", unknown.error);
    }
    // Its configuration does not derive Parameters.
    let silent = operator.run(&["operations", "describe", "misbehaving"]);
    assert!(silent.code == 0 && silent.text.contains("Its author describes no parameters."), "{silent:?}");

    let plugins = nest.path().join("plugins");
    std::fs::create_dir(&plugins).unwrap();
    let whole = std::fs::read(Workspace::built().plugin("yowl")).unwrap();
    let broken = plugins.join("libyowl.so");
    std::fs::write(&broken, &whole[..whole.len() / 2]).unwrap();
    let damaged = operator.run(&["operations", "describe", broken.to_str().unwrap()]);
    assert!(damaged.code == 1 && damaged.error.contains("it is damaged or cut off"), "{damaged:?}");
    let foreign = Workspace::built().foreign_library().to_str().unwrap();
    let foreign = operator.run(&["operations", "describe", foreign]);
    assert!(foreign.code == 1 && foreign.error.contains("no Chaos Kitty plugin"), "{foreign:?}");
}

#[test]
fn what_goes_wrong_while_a_plugin_is_described_is_told_and_harms_nobody() {
    let nest = Nest::new();
    let plugins = plugin(&nest, "prone", PRONE);
    let describe = |misdeed: &str| {
        let mut command = nest.operator().command();
        command.env("MISDEED", misdeed).args(["operations", "describe", "prone", "--plugins"]).arg(&plugins);
        let mut process = Process::start(misdeed, &mut command);
        let code = process.exit_code();
        process.said().to_its_end();
        process.complained().to_its_end();
        (code, process.said().shown(), process.complained().shown())
    };
    let (code, said, complained) = describe("");
    assert_eq!((code, &*complained), (0, ""));
    let rows = rows(&said);
    for row in [
        "depth whole number 3 Whatever.",
        "first table nothing What comes after it.",
        "first.next table as above nothing",
        "first.others list of table as above required",
    ] {
        assert!(rows.iter().any(|known| known == row), "no `{row}` in:\n{said}");
    }
    for (misdeed, words) in [
        ("panic", "panicked at src/lib.rs:"),
        ("exit", "its process was ended by that (exit status: 0)"),
        ("abort", "its process was ended by that (SIGABRT)"),
        ("overflow", "its process was ended by that (SIGABRT)"),
        ("hang", "it has not answered for 10 s"),
    ] {
        let (code, said, complained) = describe(misdeed);
        assert_eq!((code, &*said, complained.lines().count()), (1, "", 1), "{misdeed}: {complained}");
        let line = format!("error: prone cannot describe its parameters: {words}");
        assert!(complained.starts_with(&line), "{misdeed}: {complained}");
    }
    assert_eq!(vitals::with_environment(nest.path().to_str().unwrap()), [0; 0], "a process stays");
    assert_eq!(std::fs::read_dir(nest.tmp()).unwrap().count(), 0, "a copy of a plugin stays");
}
