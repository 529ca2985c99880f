//! How it goes while it runs: a bar for a person, a line for each phase for a log, a summary for both.

use super::SHORT;
use super::stage::Stage;
use chaos_kitty_tests::{Process, Workspace};

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

#[test]
fn on_a_terminal_there_is_a_bar() {
    let stage = Stage::new();
    let _web = stage.nest.victim("web").start();
    let file = stage.file("duration = \"1500ms\"", "", SHORT);
    let mut command = stage.nest.operator().command();
    let host = Workspace::built().host().display().to_string();
    let line = format!("stty cols 120 && exec {host} experiment run {}", file.display());
    // util-linux's, which gives a program a terminal.
    let mut on_a_terminal = std::process::Command::new("script");
    on_a_terminal
        .args(["--quiet", "--return", "--command", &line, "/dev/null"])
        .current_dir(stage.nest.path());
    on_a_terminal.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("TERM", "xterm");
    on_a_terminal
        .envs(command.env("SHELL", "/bin/sh").get_envs().filter_map(|(key, value)| Some((key, value?))));
    let mut process = Process::start("script", &mut on_a_terminal);
    assert_eq!(process.exit_code(), 0, "{}", process.said().shown());
    process.said().to_its_end();
    let said = process.said().shown();
    for part in ["during    [", "==>", "strike", "site ", "held: The site"] {
        assert!(said.contains(part), "{part}: {said}");
    }
}
