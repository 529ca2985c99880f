//! Every function that the library stands in for, by its name.

use std::collections::BTreeMap;
use std::process::Command;

use chaos_kitty_table::{Call, Deed, Rule, Target, now};
use chaos_kitty_tests::{Nest, Workspace};

use super::native::compiled;
use super::unhosted::Unhosted;

/// An errno that none of them has by itself.
const EDOM: i32 = 33;

/// Hooked for what they wait for or take, and never failed.
const NOT_FAILED: &[&str] = &["signal", "sigaction", "timer_settime", "timerfd_settime"];

fn is_failed(name: &str) -> bool {
    let waits = ["timed", "clockwait", "clocklock", "clockrd", "clockwr", "clockjoin"];
    !waits.iter().any(|part| name.contains(part)) && !NOT_FAILED.contains(&name)
}

/// What the library has for programs.
fn hooked() -> Vec<String> {
    let library = Workspace::built().worker().with_file_name("libchaos_kitty_inside.so");
    let listed = Command::new("nm").args(["-D", "--defined-only"]).arg(library).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let functions = listed.lines().filter_map(|line| line.split_once(" T ").map(|(_, name)| name.to_owned()));
    functions.filter(|name| is_failed(name)).collect()
}

#[test]
fn each_of_them_fails_with_what_was_asked_for_and_is_itself_again() {
    let nest = Nest::new();
    // What a compiler makes of malloc and its like by itself is none of the program's.
    let options = ["-fno-builtin", "-w"];
    let Some(program) = compiled(&nest, "every", include_str!("every.c"), &options) else { return };
    let mut program = Unhosted::of(&nest, &program);
    let rule = Rule::about(Call::ALL, Deed::Fail(EDOM), now(), u64::MAX);
    let armed = program.table.arm(&rule, &Target::default()).unwrap();
    program.goes_on();
    let hits = armed.end().hits;
    let mut names = hooked();
    let told = |program: &Unhosted, at: usize| -> BTreeMap<String, i64> {
        let lines = program.process.said().lines();
        let rounds: Vec<_> = lines.split(|line| line["step"].is_number()).collect();
        let told = rounds[at].iter().map(|line| (line["call"].as_str().unwrap().to_owned(), &line["errno"]));
        told.map(|(name, errno)| (name, errno.as_i64().unwrap())).collect()
    };
    let failed = told(&program, 1);
    let others: Vec<_> = failed.iter().filter(|(_, errno)| **errno != i64::from(EDOM)).collect();
    assert!(others.is_empty(), "{others:?}");
    names.sort();
    assert_eq!(failed.keys().cloned().collect::<Vec<_>>(), names, "called here, and in the library");
    assert!(hits >= names.len() as u64, "{hits} of {}", names.len());
    program.goes_on();
    let failed: Vec<_> =
        told(&program, 2).into_iter().filter(|(_, errno)| *errno == i64::from(EDOM)).collect();
    assert!(failed.is_empty(), "{failed:?}");
    program.ends();
}
