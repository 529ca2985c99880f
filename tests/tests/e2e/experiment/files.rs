//! What is wrong with a file, a plugin, a socket or a directory is told before any chaos, with exit code 2.

use std::path::Path;

use super::SHORT;
use super::stage::Stage;
use chaos_kitty_tests::{Page, Workspace, json};

/// Runs it, and answers what it said when it would not begin.
#[track_caller]
fn refused(stage: &Stage, file: &Path, arguments: &[&str]) -> String {
    let all = [&["experiment", "run", file.to_str().unwrap()], arguments].concat();
    let answer = stage.nest.operator().run(&all);
    assert_eq!((answer.code, &*answer.text), (2, ""), "{answer:?}");
    assert!(!stage.nest.path().join("site-report").exists(), "a report of nothing");
    assert_eq!(stage.site.asked(), 0);
    answer.error
}

#[test]
fn a_wrong_file_is_told_with_all_that_is_wrong_in_its_place() {
    let stage = Stage::new();
    let file = stage.file("duration = \"soon\"", "tolerence = 3", "[host]\nsede = 1\n");
    for said in [
        refused(&stage, &file, &[]),
        stage.nest.operator().run(&["experiment", "check", file.to_str().unwrap()]).error,
    ] {
        for part in ["site.toml:4:12: `duration`", "did you mean `tolerance`", "did you mean `seed`", "^^^^"]
        {
            assert!(said.contains(part), "{part}: {said}");
        }
        assert_eq!(said.matches("did you mean `seed`").count(), 1, "once: {said}");
    }
    assert_eq!(stage.nest.operator().run(&["experiment", "check", file.to_str().unwrap()]).code, 2);
    let said = refused(&stage, Path::new("nowhere.toml"), &[]);
    assert!(said.contains("cannot be read"), "{said}");
}

#[test]
fn an_operation_that_is_not_there_or_cannot_be_built_is_an_error() {
    let stage = Stage::new();
    let unknown = stage.file("duration = 1", "", "[[instance]]\noperation = \"hairbal\"\n");
    let said = refused(&stage, &unknown, &[]);
    assert!(said.contains("no plugin offers the operation `hairbal`, did you mean `hairball`"), "{said}");
    let odd = "[[instance]]\noperation = \"hairball\"\nparameters = { probability = 7 }\n";
    let said = refused(&stage, &stage.file("duration = 1", "", odd), &[]);
    assert!(said.contains("site.toml:") && said.contains("probability"), "{said}");
}

#[test]
fn a_probe_that_would_not_be_asked_under_chaos_is_an_error() {
    let stage = Stage::new();
    let rare = format!("[[probe]]\ntcp = \"{}\"\ninterval = \"1h\"\n{SHORT}", stage.site.address());
    let file = stage.file("duration = 1", "", &rare);
    for said in [
        refused(&stage, &file, &[]),
        stage.nest.operator().run(&["experiment", "check", file.to_str().unwrap()]).error,
    ] {
        assert!(said.contains(":12: an `interval` of 3600 s is longer than the `duration` of 1 s"), "{said}");
    }
}

#[test]
fn a_host_that_serves_there_already_goes_on() {
    let stage = Stage::new();
    let host = stage.nest.quiet_host();
    let said = refused(&stage, &stage.file("duration = 1", "", SHORT), &[]);
    assert!(said.contains("another host serves here"), "{said}");
    stage.nest.operator().ask(&["status"]);
    host.stop();
}

#[test]
fn a_directory_that_cannot_be_written_to_is_told_before() {
    let stage = Stage::new();
    let file = stage.file("duration = 1", "", SHORT);
    let said = refused(&stage, &file, &["--report", "site.toml/report"]);
    assert!(said.contains("site.toml/report") && said.contains("--report"), "{said}");
}

#[test]
fn the_documented_experiment_is_good() {
    let stage = Stage::new();
    let file = Workspace::built().root.join("docs/examples/experiment.toml");
    let page = Page::read("experiments.md");
    let shown = page.blocks.iter().find(|block| block.language == "toml").unwrap();
    assert_eq!(
        shown.text,
        std::fs::read_to_string(&file).unwrap(),
        "make {} and the file the same",
        shown.place
    );
    let checked = stage.nest.operator().ask(&["experiment", "check", file.to_str().unwrap()]);
    assert_eq!(
        (&checked["good"], &checked["instances"]),
        (&json!(true), &json!(["slow-payments"])),
        "{checked}"
    );
    let said = stage.nest.operator().run(&["experiment", "check", file.to_str().unwrap()]);
    assert!(said.text.starts_with("all is well: slow-payments would run for 30 s"), "{said:?}");
}
