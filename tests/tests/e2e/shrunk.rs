//! From a run that broke something to the strikes of it that do.

use std::path::{Path, PathBuf};

use chaos_kitty_tests::{Answer, Host, Json, Nest, Process, Signal};

/// Twelve strikes, and how long after the first each is, in seconds.
const STRIKES: usize = 12;
const APART: f64 = 0.05;

/// A program that breaks when a fault comes after USR1: `raise_error` means USR2 to it. Its state is two files, and so it can be
/// reset without a restart.
const FRAGILE: &str = "trap 'touch armed' USR1
    trap 'test -e armed && touch broken' USR2
    trap : HUP
    echo '\"ready\"'
    while [ -e \"$PWD\" ] && sleep 0.01; do :; done";

/// A journal of twelve strikes on the program, of which the 4th and the 9th break it.
fn journal(nest: &Nest) -> PathBuf {
    let line = |number: usize| {
        let (method, options) = match number {
            4 => ("signal", r#"{"signal":"USR1"}"#),
            9 => ("raise_error", r#"{"message":"boo"}"#),
            _ => ("signal", r#"{"signal":"HUP"}"#),
        };
        let offset = 7.0 + number as f64 * APART;
        format!(
            r#"{{"record":"decision","schema":1,"run":"00c0ffee00c0ffee","boot":"b","at":1.5,"offset":{offset},"strike":{number},"origin":{{"instance":{{"name":"it","operation":"scratch"}}}},"tick":{number},"victim":{{"id":3,"name":"fragile","pid":42,"start_time":99}},"effect":{{"method":"{method}","options":{options},"lease_seconds":2.0,"inverse":"end"}},"ruling":"strike"}}
"#
        )
    };
    nest.file("broke.journal", (1..=STRIKES).map(line).collect::<String>())
}

fn shrink(nest: &Nest, file: &Path, arguments: &[&str]) -> Answer {
    nest.operator().run(&[&["shrink", file.to_str().unwrap()], arguments].concat())
}

fn host_and_program(nest: &Nest) -> (Host, chaos_kitty_tests::Job) {
    let host = nest.quiet_host();
    let job = nest.job("fragile").on("raise_error=SIGUSR2").start(FRAGILE);
    host.registered("fragile");
    job.says("ready");
    (host, job)
}

const PROBE: &str = "test ! -e broken";
const RESET: &str = "rm -f armed broken; echo again >> resets";

#[test]
fn of_twelve_strikes_the_two_are_found_that_break_it_together_and_replay_to_the_failure() {
    let nest = Nest::new();
    let file = journal(&nest);
    let (host, job) = host_and_program(&nest);
    let answer = shrink(&nest, &file, &["--probe", PROBE, "--reset", RESET, "--settle", "200ms"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert!(answer.error.contains("run 00c0ffee00c0ffee: 12 strikes"), "{answer:?}");
    assert!(answer.error.contains("test 1: 12 strikes: fails: "), "{answer:?}");
    assert!(answer.error.contains("2 of 12 strikes are enough after "), "{answer:?}");
    assert!(answer.error.contains(", and it failed once more: "), "{answer:?}");
    let lines: Vec<Json> = answer.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [shrunk, first, second] = lines.as_slice() else { panic!("{answer:?}") };
    assert_eq!(
        (&shrunk["record"], &shrunk["strikes"], &shrunk["of"]),
        (&"shrunk".into(), &2.into(), &12.into())
    );
    assert_eq!(
        (&shrunk["probe"], &shrunk["reset"], &shrunk["confirmed"]),
        (&PROBE.into(), &RESET.into(), &true.into())
    );
    assert_eq!((&first["strike"], &second["strike"]), (&4.into(), &9.into()));
    assert_eq!(first["offset"], 0.0);
    let apart = second["offset"].as_f64().unwrap();
    assert!((apart - 5.0 * APART).abs() < 1e-6, "{apart}");
    // No test was made without a reset before it.
    let resets = std::fs::read_to_string(nest.path().join("resets")).unwrap().lines().count();
    assert_eq!(Json::from(resets), shrunk["tests"], "{answer:?}");

    // What it printed breaks the program by itself, and is not to be made smaller.
    let found = nest.file("found.journal", &answer.text);
    std::fs::remove_file(nest.path().join("armed")).unwrap();
    std::fs::remove_file(nest.path().join("broken")).unwrap();
    let replayed = nest.operator().run(&["replay", found.to_str().unwrap()]);
    assert_eq!(replayed.code, 0, "{replayed:?}");
    assert!(
        chaos_kitty_tests::comes_true(chaos_kitty_tests::PATIENCE, || nest.path().join("broken").exists()),
        "{replayed:?} {:?}",
        host.log().shown()
    );
    let output = nest.path().join("again.journal");
    let arguments = [
        "--json",
        "--probe",
        PROBE,
        "--reset",
        RESET,
        "--settle",
        "200ms",
        "--output",
        output.to_str().unwrap(),
    ];
    let again = shrink(&nest, &found, &arguments);
    assert_eq!((again.code, &again.json()["strikes"]), (0, &2.into()), "{again:?}");
    assert_eq!(std::fs::read_to_string(output).unwrap().lines().count(), 3);
    drop(job);
    host.stop();
}

#[test]
fn what_does_not_fail_or_fails_anyway_is_said() {
    let nest = Nest::new();
    let file = journal(&nest);
    let (host, job) = host_and_program(&nest);
    let answer = shrink(&nest, &file, &["--probe", "true", "--settle", "10ms"]);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(
        answer.error.contains("the probe does not fail: with all strikes of the run it holds"),
        "{answer:?}"
    );
    // It fails from the second time on that it is asked after a reset, whatever was struck.
    let probe = "test ! -e asked || exit 3; touch asked";
    let answer = shrink(&nest, &file, &["--probe", probe, "--reset", "rm -f asked", "--settle", "10ms"]);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(answer.error.contains("the probe fails without any strike"), "{answer:?}");
    let answer = shrink(&nest, &file, &["--probe", PROBE, "--reset", "echo no power; exit 7"]);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(
        answer.error.contains("--reset `echo no power; exit 7` ended with exit status: 7: no power"),
        "{answer:?}"
    );
    assert_eq!(shrink(&nest, &file, &["--probe", ""]).code, 2);
    drop(job);
    host.stop();
    assert_eq!(shrink(&nest, &file, &["--probe", PROBE]).code, 3);
}

#[test]
fn nobody_may_strike_between_the_tests() {
    let nest = Nest::new();
    let file = journal(&nest);
    let yowl = "version = 1\n[[instance]]\noperation = \"yowl\"\nparameters = { interval = 3600 }\n";
    let host = nest.host().configuration(yowl).start();
    let answer = shrink(&nest, &file, &["--probe", PROBE]);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(
        answer.error.contains("yowl runs on this host, and would strike in the middle of a test"),
        "{answer:?}"
    );
    host.stop();
}

#[test]
fn a_host_that_strikes_nobody_is_refused_before_the_first_test() {
    let nest = Nest::new();
    let file = journal(&nest);
    let resets = nest.path().join("resets");
    let quiet = "version = 1\ninstance = []\n";
    for (argument, expected) in [
        ("--dry-run", "this host only writes down what it would do"),
        ("--paused", "chaos is paused on this host, and every strike would be refused: `chaos-kitty resume`"),
    ] {
        let host = nest.host().configuration(quiet).arguments([argument]).start();
        let answer = shrink(&nest, &file, &["--probe", PROBE, "--reset", RESET]);
        assert_eq!((answer.code, &*answer.text), (1, ""), "{answer:?}");
        assert!(answer.error.contains(expected), "{answer:?}");
        assert!(!resets.exists(), "{answer:?}");
        host.stop();
    }
}

#[test]
fn a_search_that_is_interrupted_prints_what_it_has_and_leaves_nothing_under_way() {
    let nest = Nest::new();
    let file = journal(&nest);
    let (host, job) = host_and_program(&nest);
    // Twelve strikes are enough at once, and then a reset does not come to its end.
    let reset = "rm -f armed broken; echo again >> resets; test $(wc -l < resets) -lt 4 || exec sleep 60";
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let mut shrinking = searching(&nest, &file, reset);
        shrinking.signal(signal);
        assert_eq!(shrinking.exit_code(), 1);
        shrinking.complained().to_its_end();
        let error = shrinking.complained().shown();
        assert!(error.contains("12 of 12 strikes are enough after 3 tests; the search has not"), "{error}");
        assert!(error.contains("error: interrupted"), "{error}");
        let shrunk = &shrinking.said().to_its_end()[0];
        assert_eq!((&shrunk["record"], &shrunk["smallest"]), (&"shrunk".into(), &false.into()), "{shrunk}");
        nest.operator().until_nothing_is_active();
    }
    drop(job);
    host.stop();
}

/// A search whose fourth test begins.
fn searching(nest: &Nest, file: &Path, reset: &str) -> Process {
    let resets = nest.path().join("resets");
    let _ = std::fs::remove_file(&resets);
    let shrinking =
        nest.operator().start(&["shrink", file.to_str().unwrap(), "--probe", PROBE, "--reset", reset]);
    let begun = || std::fs::read_to_string(&resets).unwrap_or_default().lines().count();
    nest.operator().until("the fourth test begins", || begun() == 4);
    shrinking
}

/// What an answer has of a search that has not come to its end: all twelve strikes, and an error.
#[track_caller]
fn is_unfinished(answer: &Answer, error: &str) {
    assert_eq!(answer.code, 1, "{answer:?}");
    let lines: Vec<Json> = answer.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 1 + STRIKES, "{answer:?}");
    let shrunk = &lines[0];
    assert_eq!((&shrunk["strikes"], &shrunk["smallest"]), (&STRIKES.into(), &false.into()), "{shrunk}");
    assert!(answer.error.contains("the search has not come to its end, and fewer may do"), "{answer:?}");
    assert!(answer.error.contains(error), "{answer:?}");
}

#[test]
fn what_a_limit_refuses_is_no_probe_that_holds() {
    let nest = Nest::new();
    let file = journal(&nest);
    // Twelve, none, and six; of the next six the fifth is refused, and with it what breaks the program.
    let limits = "version = 1\ninstance = []\n[limits]\nstrikes_per_minute = 22\n";
    let host = nest.host().configuration(limits).start();
    let job = nest.job("fragile").on("raise_error=SIGUSR2").start(FRAGILE);
    host.registered("fragile");
    job.says("ready");
    let answer = shrink(&nest, &file, &["--probe", PROBE, "--reset", RESET, "--settle", "10ms"]);
    is_unfinished(&answer, "on fragile: refused: ");
    let expected = "(rule strikes_per_minute): take the limits out of the host's configuration, and `chaos-kitty reload`";
    assert!(answer.error.contains(expected), "{answer:?}");
    assert!(!answer.error.contains("though not all"), "{answer:?}");
    drop(job);
    host.stop();
}

#[test]
fn a_search_that_breaks_off_prints_what_it_has() {
    let nest = Nest::new();
    let file = journal(&nest);
    let (host, job) = host_and_program(&nest);
    let reset = |then: &str| {
        format!("rm -f armed broken; echo again >> resets; test $(wc -l < resets) -lt 4 || {{ {then}; }}")
    };
    let answer = shrink(&nest, &file, &["--probe", PROBE, "--reset", &reset("echo no power; exit 7")]);
    is_unfinished(&answer, "ended with exit status: 7: no power");

    // The host goes in the middle, and does not come back.
    let mut lost = searching(&nest, &file, &reset("while ! test -e gone; do sleep 0.01; done"));
    host.kill();
    nest.file("gone", "");
    let code = lost.exit_code();
    lost.said().to_its_end();
    lost.complained().to_its_end();
    let answer = Answer { code, text: lost.said().shown(), error: lost.complained().shown() };
    is_unfinished(&answer, "error: no host serves at ");
    drop(job);
}
