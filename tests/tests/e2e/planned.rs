//! Which file, which library and which settings an instance is built from.

use std::fs;
use std::path::PathBuf;

use chaos_kitty_tests::{Host, Json, Signal, Workspace};

use crate::stage::{Stage, configuration, instance, running, says, yowl};

/// What its author calls scratch from now on: another plugin under its name, of which a parameter is called `max_duration`
/// and none `signal`.
fn rewritten(stage: &Stage) {
    let (old, new) = (b"name\0zoomies\0", b"name\0scratch\0");
    let mut bytes = fs::read(Workspace::built().plugin("zoomies")).unwrap();
    let at = bytes.windows(old.len()).position(|some| some == old).expect("a manifest");
    bytes[at..at + new.len()].copy_from_slice(new);
    let beside = stage.plugins.join("new");
    fs::write(&beside, bytes).unwrap();
    fs::rename(beside, stage.file("scratch")).unwrap();
}

/// An instance as it was configured before and after.
const BEFORE: &str = "probability = 0, signal = \"HUP\"";
const AFTER: &str = "probability = 0, max_duration = 2";

fn cat(parameters: &str) -> String {
    instance("scratch", "cat", parameters)
}

fn isolated(instance: &str) -> String {
    format!("{instance}isolate = true\n")
}

fn file_of(stage: &Stage, name: &str) -> PathBuf {
    PathBuf::from(stage.listed()[name]["file"].as_str().unwrap())
}

fn state(stage: &Stage, name: &str) -> String {
    stage.listed()[name]["state"].as_str().unwrap().to_owned()
}

/// The processes of isolated instances.
fn children(host: &Host) -> Vec<String> {
    let pid = host.pid();
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let of_task = |task: std::io::Result<fs::DirEntry>| {
        // A thread may end meanwhile.
        let children = fs::read_to_string(task.ok()?.path().join("children")).ok()?;
        Some(children.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    };
    tasks.filter_map(of_task).flatten().collect()
}

/// The files in the host's private directory.
fn copies(stage: &Stage) -> usize {
    let directories = fs::read_dir(stage.nest.tmp()).unwrap();
    directories.map(|directory| fs::read_dir(directory.unwrap().path()).unwrap().count()).sum()
}

fn descriptors(host: &Host) -> usize {
    fs::read_dir(format!("/proc/{}/fd", host.pid())).unwrap().count()
}

#[test]
fn a_parameter_that_changes_in_code_and_configuration_comes_by_every_way() {
    for way in [&["reload"][..], &["operations", "reload", "cat"]] {
        let stage = Stage::with(&["scratch"]);
        let host = stage.host(&cat(BEFORE)).start();
        let operator = stage.nest.operator();
        rewritten(&stage);
        let early = operator.run(&["operations", "reload", "cat"]);
        assert!(early.code == 2 && early.error.contains("chaos.toml:5:"), "{early:?}");
        assert!(early.error.contains("^\nwhat ran before goes on: cat (generation 1)"), "{early:?}");
        stage.nest.file("chaos.toml", configuration(&cat(AFTER)));
        operator.ask(way);
        assert_eq!(state(&stage, "cat"), "running");
        host.stop();
    }
    let stage = Stage::with(&["scratch"]);
    let host = stage.host(&cat(BEFORE)).start();
    let operator = stage.nest.operator();
    operator.ask(&["operations", "unload", "cat"]);
    rewritten(&stage);
    stage.nest.file("chaos.toml", configuration(&cat(AFTER)));
    operator.ask(&["operations", "load", stage.file("scratch").to_str().unwrap()]);
    assert_eq!(state(&stage, "cat"), "running");
    host.stop();
}

#[test]
fn a_watching_host_takes_both_halves_whichever_comes_first() {
    let configure = |stage: &Stage| drop(stage.nest.file("chaos.toml", configuration(&cat(AFTER))));
    type Half<'a> = &'a dyn Fn(&Stage);
    for halves in [[&rewritten as Half<'_>, &configure], [&configure, &rewritten]] {
        let stage = Stage::with(&["scratch"]);
        let host = stage.host(&cat(BEFORE)).arguments(["--watch"]).start();
        says(&host, 0, "following ");
        let mark = host.log().mark();
        halves[0](&stage);
        says(&host, mark, "unknown parameter `");
        let mark = host.log().mark();
        halves[1](&stage);
        says(&host, mark, "cat: generation 2 (scratch ");
        host.stop();
    }
}

#[test]
fn a_file_that_a_broken_configuration_kept_out_comes_in_when_that_is_mended() {
    let stage = Stage::with(&["scratch"]);
    let without = "probability = 0";
    let host = stage.host(&cat(without)).arguments(["--watch"]).start();
    says(&host, 0, "following ");
    stage.nest.file("chaos.toml", "version = 1\nbroken");
    says(&host, 0, "the configuration is wrong, and nothing has changed");
    let mark = host.log().mark();
    rewritten(&stage);
    says(&host, mark, "chaos.toml:2:7: ");
    stage.nest.file("chaos.toml", configuration(&cat(without)));
    says(&host, mark, "cat: generation 2 (scratch ");
    host.stop();
}

#[test]
fn isolate_is_a_setting_like_any_other() {
    let stage = Stage::with(&["yowl"]);
    let loud = yowl("loud", "meow");
    let host = stage.host(&loud).start();
    assert!(children(&host).is_empty());
    for (instances, processes) in [(isolated(&loud), 1), (loud, 0)] {
        stage.nest.file("chaos.toml", configuration(&instances));
        let change = stage.nest.operator().ask(&["reload"]);
        assert_eq!(change["instances"][0]["name"], "loud", "{change}");
        stage.nest.operator().until("its process is there, or gone", || children(&host).len() == processes);
    }
    host.stop();
}

#[test]
fn a_good_file_brings_what_runs_and_what_was_rejected() {
    let stage = Stage::with(&["misbehaving"]);
    let once = |misdeed: &str| {
        let until = stage.nest.path().join("never");
        format!("misdeed = {misdeed:?}, until = {until:?}, once = true")
    };
    let good = instance("misbehaving", "good", "misdeed = \"\"");
    let bad = instance("misbehaving", "bad", &once("panic in new"));
    let host = stage.host(&(good + &bad)).start();
    assert!(state(&stage, "bad").starts_with("rejected: instance bad "));
    stage.nest.operator().ask(&["operations", "reload", "good"]);
    assert!(state(&stage, "bad").starts_with("rejected: "), "it is not the other's affair");
    let file = stage.file("misbehaving");
    let change = stage.nest.operator().ask(&["operations", "load", file.to_str().unwrap()]);
    let names: Vec<&Json> = change["instances"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["good", "bad"]);
    assert_eq!((&*state(&stage, "good"), &*state(&stage, "bad")), ("running", "running"));
    host.stop();
}

#[test]
fn what_was_loaded_from_another_file_stays_with_it_until_that_has_gone() {
    let stage = Stage::with(&["yowl"]);
    let host = stage.host(&yowl("loud", "meow")).start();
    let operator = stage.nest.operator();
    let other = stage.nest.path().join("other.so");
    fs::copy(stage.file("yowl"), &other).unwrap();
    operator.ask(&["operations", "load", other.to_str().unwrap()]);
    assert_eq!(file_of(&stage, "loud"), other);
    stage.nest.file("chaos.toml", configuration(&yowl("loud", "purr")));
    operator.ask(&["reload"]);
    assert_eq!(file_of(&stage, "loud"), other);
    fs::remove_file(&other).unwrap();
    stage.nest.file("chaos.toml", configuration(&yowl("loud", "hiss")));
    operator.ask(&["reload"]);
    assert_eq!(file_of(&stage, "loud"), stage.file("yowl"));
    host.stop();
}

#[test]
fn a_caret_stands_in_the_text_that_it_is_shown_with() {
    let stage = Stage::with(&["scratch"]);
    let host = stage.host(&cat(BEFORE)).start();
    let operator = stage.nest.operator();
    stage.nest.file("chaos.toml", format!("# one\n# two\n{}", configuration(&cat(BEFORE))));
    assert_eq!(operator.ask(&["reload"])["untouched"], 1);
    rewritten(&stage);
    let answer = operator.run(&["operations", "reload", "cat"]);
    assert!(answer.error.contains("chaos.toml:7:"), "{answer:?}");
    assert!(answer.error.contains("7 | parameters = { probability"), "{answer:?}");
    host.stop();
}

#[test]
fn copies_go_when_nobody_needs_them_and_what_is_there_is_not_loaded_again() {
    let stage = Stage::with(&["yowl", "misbehaving"]);
    let alone = isolated(&instance("misbehaving", "alone", "misdeed = \"\""));
    let host = stage.host(&(yowl("loud", "meow") + &alone)).start();
    let operator = stage.nest.operator();
    let settled = || operator.until("one process is left", || children(&host).len() == 1);
    settled();
    let (held, mapped) = (descriptors(&host), libraries(&host));
    for round in 0..12 {
        for name in ["loud", "alone"] {
            operator.ask(&["operations", "reload", name]);
        }
        // A file of other bytes, which is refused or taken.
        let mut bytes = fs::read(Workspace::built().plugin("misbehaving")).unwrap();
        bytes.push(round);
        fs::write(stage.plugins.join("new"), &bytes).unwrap();
        fs::rename(stage.plugins.join("new"), stage.file("misbehaving")).unwrap();
        operator.ask(&["operations", "reload", "alone"]);
        let refused = instance("misbehaving", "alone", "misdeed = \"error in new\"");
        stage.nest.file("chaos.toml", configuration(&(yowl("loud", "meow") + &isolated(&refused))));
        assert_eq!(operator.run(&["reload"]).code, 2);
        stage.nest.file("chaos.toml", configuration(&(yowl("loud", "meow") + &alone)));
        bytes.truncate(1 << 20);
        let cut = stage.nest.file("cut.so", &bytes);
        assert_eq!(operator.run(&["operations", "load", cut.to_str().unwrap()]).code, 1);
    }
    settled();
    assert!(copies(&stage) <= 4, "there are {} copies", copies(&stage));
    assert_eq!(libraries(&host), mapped, "what is loaded already is loaded again");
    operator.until("no descriptor is left open", || descriptors(&host) <= held + 1);
    host.stop();
}

/// How many copies of plugins are mapped.
fn libraries(host: &Host) -> usize {
    let maps = fs::read_to_string(format!("/proc/{}/maps", host.pid())).unwrap();
    maps.lines().filter(|line| line.contains("/chaos-kitty-plugins-") && line.contains(" r-xp ")).count()
}

#[test]
fn refused_reloads_load_a_file_once() {
    let stage = Stage::with(&["misbehaving"]);
    let host = stage.host("").start();
    let operator = stage.nest.operator();
    let bad = instance("misbehaving", "cat", "misdeed = \"error in new\"");
    stage.nest.file("chaos.toml", configuration(&bad));
    for _ in 0..5 {
        assert_eq!(operator.run(&["reload"]).code, 2);
    }
    assert_eq!((libraries(&host), copies(&stage)), (1, 1));
    host.stop();
}

#[test]
fn what_is_retired_begins_anew_with_all_that_its_library_keeps() {
    let stage = Stage::with(&["misbehaving"]);
    let host = stage.host(&instance("misbehaving", "cat", "misdeed = \"panic in run\"")).start();
    let operator = stage.nest.operator();
    operator
        .until("it is retired", || stage.listed()["cat"]["state"].as_str().unwrap().starts_with("retired: "));
    // It may be retired again before the command is answered.
    operator.run(&["operations", "reload", "cat"]);
    assert_eq!(libraries(&host), 2);
    host.stop();
}

#[test]
fn who_stops_a_host_that_still_starts_waits_for_no_operation() {
    let stage = Stage::with(&["misbehaving"]);
    let never = stage.nest.path().join("never");
    let begun = stage.nest.path().join("never.once");
    let hangs = |name: &str, once: bool| {
        let parameters = format!("misdeed = \"hog in new\", until = {never:?}, once = {once}");
        instance("misbehaving", name, &parameters)
    };
    let alone = isolated(&instance("misbehaving", "alone", "misdeed = \"\""));
    for signal in [Signal::TERM, Signal::INT] {
        let instances = [hangs("first", true), hangs("second", false), alone.clone()].concat();
        let host = stage.host(&instances).begin();
        stage.nest.operator().until("an operation hangs", || begun.exists());
        let log = host.log().clone();
        host.stop_by(signal);
        assert!(log.shown().contains("stopped before it served"), "{}", log.shown());
        fs::remove_file(&begun).unwrap();
    }
}

#[test]
fn instances_are_built_side_by_side() {
    let stage = Stage::with(&["misbehaving"]);
    let file = |name: &str, kind: &str| stage.nest.path().join(name).with_extension(kind);
    let hangs = |name: &str| {
        let parameters = format!("misdeed = \"hog in new\", once = true, until = {:?}", file(name, "go"));
        instance("misbehaving", name, &parameters)
    };
    let host = stage.host(&["a", "b", "c"].map(hangs).concat()).begin();
    let all_hang = || ["a", "b", "c"].iter().all(|name| file(name, "once").exists());
    stage.nest.operator().until("all of them hang", all_hang);
    ["a", "b", "c"].iter().for_each(|name| fs::write(file(name, "go"), "").unwrap());
    host.serves();
    assert_eq!(stage.states(), ["a", "b", "c"].map(|name| running(name, 1)));
    host.stop();
}

#[test]
fn a_file_that_was_damaged_is_listed_until_it_is_whole() {
    let stage = Stage::with(&["yowl"]);
    let host = stage.host(&yowl("loud", "meow")).start();
    let (operator, file) = (stage.nest.operator(), stage.file("yowl"));
    let load = || operator.run(&["operations", "load", file.to_str().unwrap()]).code;
    let rows = || stage.listed().into_keys().collect::<Vec<_>>();
    fs::write(&file, "damaged").unwrap();
    assert_eq!((load(), rows()), (1, vec!["libyowl".to_owned(), "loud".to_owned()]));
    stage.put("yowl", "yowl");
    assert_eq!((load(), rows()), (0, vec!["loud".to_owned()]));
    host.stop();
}
