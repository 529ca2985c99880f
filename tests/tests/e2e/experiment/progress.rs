//! How it goes while it runs: a bar for a person, a line for each phase for a log, a summary for both.

use std::path::Path;
use std::process::Command;

use super::stage::Stage;
use super::{ENDLESS, SHORT};
use chaos_kitty_tests::{Json, PATIENCE, Process, Workspace, comes_true, vitals};

#[test]
fn without_a_terminal_each_phase_is_a_line_and_the_end_a_summary() {
    let stage = Stage::new();
    let _web = stage.nest.victim("web").start();
    let file = stage.file("duration = \"800ms\"", "", SHORT);
    let answer =
        stage.nest.operator().run(&["experiment", "run", file.to_str().unwrap(), "--report", "out/here"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    let phases: Vec<_> = answer.error.lines().filter_map(|line| line.split(':').next()).collect();
    assert_eq!(phases, ["gathering", "before", "during", "after"], "{answer:?}");
    for part in ["held: The site", "hairball", "held again after", "seed ", "report: out/here/report.html"] {
        assert!(answer.text.contains(part), "{part}: {answer:?}");
    }
    assert!(stage.nest.path().join("out/here/junit.xml").exists());
}

/// The experiment on a terminal of its own, which util-linux's `script` gives it.
fn on_a_terminal(stage: &Stage, file: &Path) -> Process {
    let host = Workspace::built().host().display().to_string();
    let line = format!("stty cols 120 && exec {host} experiment run {}", file.display());
    let own = stage.nest.operator().command();
    let mut command = Command::new("script");
    command.args(["--quiet", "--return", "--command", &line, "/dev/null"]).current_dir(stage.nest.path());
    command.env_clear().envs(own.get_envs().filter_map(|(key, value)| Some((key, value?))));
    command.env("PATH", std::env::var_os("PATH").unwrap()).env("TERM", "xterm").env("SHELL", "/bin/sh");
    Process::start("script", &mut command)
}

#[test]
fn on_a_terminal_there_is_a_bar() {
    let stage = Stage::new();
    let _web = stage.nest.victim("web").start();
    let mut process = on_a_terminal(&stage, &stage.file("duration = \"1500ms\"", "", SHORT));
    assert_eq!(process.exit_code(), 0, "{}", process.said().shown());
    process.said().to_its_end();
    let said = process.said().shown();
    for part in ["during    [", "==>", "strike", "site ", "held: The site"] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn a_terminal_that_is_closed_ends_it_and_everything_is_put_back() {
    let stage = Stage::new();
    let mut web = stage.nest.victim("web").start();
    let mut terminal = on_a_terminal(&stage, &stage.file("duration = \"10m\"", "", ENDLESS));
    web.event("held", |_| true);
    terminal.kill();
    web.event("released", |_| true);
    let report = stage.nest.path().join("site-report/report.html");
    assert!(comes_true(PATIENCE, || report.exists()), "it writes its report all the same");
    let text = std::fs::read_to_string(stage.nest.path().join("site-report/report.json")).unwrap();
    let report: Json = serde_json::from_str(&text).unwrap();
    assert_eq!(report["verdict"], "interrupted", "{report}");
    let left = || vitals::with_environment(stage.nest.tmp().to_str().unwrap());
    let own = web.pid();
    assert!(
        comes_true(PATIENCE, || left().iter().all(|pid| *pid == own)),
        "processes are left: {:?}",
        left()
    );
    web.goes_on();
}
