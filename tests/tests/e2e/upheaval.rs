//! Many changes at once, one after the other, and in the middle of each other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::thread;

use chaos_kitty_tests::{Host, Json, PATIENCE, Process, Signal, comes_true, json, vitals};

use crate::stage::{Stage, instance, yowl};

/// An instance of the plugin that misbehaves, in the host's process or in one of its own.
fn cat(is_isolated: bool, parameters: &str) -> String {
    format!("{}isolate = {is_isolated}\n", instance("misbehaving", "cat", parameters))
}

#[test]
fn reloads_that_are_asked_for_at_once_are_made_one_after_the_other() {
    let stage = Stage::with(&["yowl"]);
    let host = stage.host(&yowl("loud", "meow")).start();
    let web = stage.nest.victim("web").start();
    host.registered("web");
    let operator = stage.nest.operator();
    let before = stage.listed()["loud"]["generation"].clone();
    let mut asked: Vec<Process> =
        (0..4).map(|_| operator.start(&["--json", "operations", "reload", "loud"])).collect();
    let mut takings = BTreeMap::new();
    for process in &mut asked {
        assert_eq!(process.exit_code(), 0, "{}", process.complained().shown());
        process.said().to_its_end();
        let change: Json = process.said().shown().parse().unwrap();
        let row = &change["instances"][0];
        assert_eq!(row["victims"], 1, "{change}");
        takings.insert(row["before"].as_u64(), row["generation"].as_u64());
    }
    // Each took over from another, and the last one is there.
    let mut last = before.as_u64();
    for _ in 0..4 {
        last = takings.remove(&last).unwrap_or_else(|| panic!("nobody took over from {last:?}: {takings:?}"));
    }
    assert_eq!(stage.listed()["loud"]["generation"].as_u64(), last);
    let mark = web.log().mark();
    web.log().wait_after(mark, "a strike of the last one's", |line| line["message"] == "meow");
    host.stop();
}

/// A host that has been asked to load what does not come back, in its own process or another, and who asked.
fn in_the_middle_of_a_load(stage: &Stage, is_isolated: bool) -> (Host, Process) {
    let until = stage.nest.path().join("until");
    let host = stage.host(&cat(is_isolated, "")).start();
    let hog = format!("misdeed = \"hog in new\", once = true, until = {until:?}");
    stage.nest.file("chaos.toml", crate::stage::configuration(&cat(is_isolated, &hog)));
    let asked = stage.nest.operator().start(&["reload"]);
    assert!(comes_true(PATIENCE, || until.with_extension("once").exists()), "it is not being built");
    assert!(!is_isolated || vitals::children(host.pid()).len() > 1, "it is built in no process of its own");
    (host, asked)
}

#[test]
fn a_host_that_is_ended_in_the_middle_of_a_load_leaves_nothing_behind() {
    for is_isolated in [false, true] {
        for signal in [Signal::TERM, Signal::KILL] {
            let stage = Stage::with(&["misbehaving"]);
            let (host, mut asked) = in_the_middle_of_a_load(&stage, is_isolated);
            if signal == Signal::TERM {
                // It exits with 0, and leaves no file.
                host.stop();
            } else {
                host.kill();
            }
            assert_ne!(asked.exit_code(), 0, "{}", asked.said().shown());
            let tmp = stage.nest.tmp();
            let there = || vitals::with_environment(tmp.to_str().unwrap());
            assert!(comes_true(PATIENCE, || there().is_empty()), "{:?} stay", there());
        }
    }
}

#[test]
fn what_was_unloaded_is_loaded_again_as_it_is_configured() {
    let stage = Stage::with(&["yowl"]);
    let host = stage.host(&[yowl("loud", "meow"), yowl("louder", "hiss")].concat()).start();
    let web = stage.nest.victim("web").start();
    host.registered("web");
    let operator = stage.nest.operator();
    let file = stage.file("yowl");
    let file = file.to_str().unwrap();
    for _ in 0..2 {
        let ended = operator.ask(&["operations", "unload", "yowl"]);
        assert_eq!(ended["instances"].as_array().unwrap().len(), 2, "{ended}");
        assert!(stage.listed().is_empty(), "{:?}", stage.listed());
        let begun = operator.ask(&["operations", "load", file]);
        let rows = begun["instances"].as_array().unwrap();
        for (row, name) in rows.iter().zip(["loud", "louder"]) {
            assert_eq!(
                (&row["name"], &row["before"], &row["victims"]),
                (&json!(name), &json!(null), &json!(1))
            );
        }
        assert_eq!(rows.len(), 2, "{begun}");
        for message in ["meow", "hiss"] {
            let mark = web.log().mark();
            web.log().wait_after(mark, "a strike", |line| line["message"] == message);
        }
    }
    host.stop();
}

/// How often it is loaded again while victims come and go, and how many of them are there at a time.
const RELOADS: usize = 30;
const GUESTS: usize = 4;

#[test]
fn each_generation_learns_once_of_who_comes_and_goes_while_it_takes_over() {
    for is_isolated in [false, true] {
        let stage = Stage::with(&["misbehaving"]);
        let ledger = stage.nest.path().join("ledger");
        fs::create_dir(&ledger).unwrap();
        let host = stage.host(&cat(is_isolated, &format!("ledger = {ledger:?}"))).start();
        let operator = stage.nest.operator();
        let mut guests = std::collections::VecDeque::new();
        let mut number = 0;
        thread::scope(|scope| {
            let reloading = scope.spawn(|| {
                for _ in 0..RELOADS {
                    operator.ask(&["operations", "reload", "cat"]);
                }
            });
            while !reloading.is_finished() {
                number += 1;
                let name = format!("guest-{number}");
                guests.push_back((stage.nest.victim(&name).idle().start(), name));
                if guests.len() > GUESTS {
                    guests.pop_front();
                }
            }
        });
        assert!(number > GUESTS, "there were but {number} victims");
        let there: BTreeSet<String> = guests.iter().map(|(_, name)| name.clone()).collect();
        let known = || -> BTreeSet<String> {
            let names = operator.operation("cat")["victims"].as_array().unwrap().clone();
            names.iter().map(|name| name.as_str().unwrap().to_owned()).collect()
        };
        operator.until("it knows who is there", || known() == there);
        host.stop();

        let calls = |number: usize| fs::read_to_string(ledger.join(number.to_string())).unwrap();
        for generation in 1..=RELOADS + 1 {
            let mut here = BTreeSet::new();
            let mut ever = BTreeSet::new();
            for line in calls(generation).lines() {
                let (what, name) = line.split_at(1);
                let is_new = if what == "+" {
                    ever.insert(name.to_owned()) && here.insert(name.to_owned())
                } else {
                    here.remove(name)
                };
                assert!(
                    is_new,
                    "{line} of generation {generation} for the second time, or out of order:\n{}",
                    calls(generation)
                );
            }
            assert!(
                generation <= RELOADS || here == there,
                "the last one has {here:?}, and {there:?} are there"
            );
        }
        assert!(!ledger.join((RELOADS + 2).to_string()).exists(), "somebody was built for nothing");
    }
}

/// Threads, descriptors and children of a process.
fn belongings(pid: i32) -> [usize; 3] {
    let count = |what: &str| fs::read_dir(format!("/proc/{pid}/{what}")).unwrap().count();
    [count("task"), count("fd"), vitals::children(pid).len()]
}

#[test]
fn a_host_that_has_reloaded_fifty_times_has_no_more_than_before() {
    for is_isolated in [false, true] {
        let stage = Stage::with(&["misbehaving"]);
        let host = stage.host(&cat(is_isolated, "")).start();
        let web = stage.nest.victim("web").start();
        host.registered("web");
        let operator = stage.nest.operator();
        operator.ask(&["operations", "reload", "cat"]);
        let settled = || belongings(host.pid());
        // Whoever made that change is idle by now, and the one before has gone.
        let before = settled();
        for _ in 0..50 {
            operator.ask(&["operations", "reload", "cat"]);
        }
        operator.until("it has no more than before", || {
            settled().iter().zip(before).all(|(now, before)| *now <= before)
        });
        drop(web);
        host.stop();
    }
}
