//! CPU time and memory are taken beside an attached process, on the processors that it may use, in its group where that is
//! its own.

use std::fs;

use chaos_kitty_tests::{ControlGroup, Host, Nest, Signal, json, skipped, vitals};
use rustix::process::{Pid, kill_process};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use super::{ECHOES, attach, attendant, call, host_and, outcome};
use crate::control_groups::with_memory;

/// What stands in for a process, if it does.
fn stand_in(host: &Host, pid: i32) -> Option<i32> {
    let (attendant, guard) = attendant(host, pid);
    vitals::children(attendant).into_iter().find(|child| *child != guard)
}

#[test]
fn both_are_taken_by_a_process_that_goes() {
    let nest = Nest::new();
    let (host, mut target) = host_and(&nest, ECHOES);
    let operator = nest.operator();
    let memory = operator.ask(&["call", "target", "allocate_memory", "size_mb=32", "hold_duration=500ms"]);
    assert_eq!((&memory["verdict"], &memory["observed"]["resident_mb"]), (&json!("effective"), &json!(32.0)));
    let spin = operator.ask(&["call", "target", "cpu_spin", "duration=200ms", "--lease", "20s"]);
    assert_eq!(spin["verdict"], "effective", "{spin}");
    assert!(vitals::cpu_seconds(target.pid()) < 0.15, "not in it");
    for outcome in [&memory, &spin] {
        assert_eq!(outcome["observed"]["in_group"], false, "its group is ours too: {outcome}");
    }
    operator.until("what stood in is gone, and reaped", || stand_in(&host, target.pid()).is_none());
    assert_eq!(target.end(), 5);
    host.stop();
}

#[test]
fn whoever_is_killed_while_memory_is_taken_it_is_given_back() {
    let nest = Nest::new();
    let target = nest.target(ECHOES);
    for killed in ["host", "attendant", "guard"] {
        let mut host = nest.quiet_host();
        attach(&nest, &target);
        let _held = call(&nest, "allocate_memory", &["size_mb=32", "hold_duration=600"]);
        nest.operator().until("memory is taken", || {
            stand_in(&host, target.pid()).is_some_and(|pid| vitals::has_resident(pid, 32.0))
        });
        let (attendant, guard) = attendant(&host, target.pid());
        let beside = stand_in(&host, target.pid()).unwrap();
        let are_gone =
            |pids: &[i32]| !pids.iter().any(|pid| vitals::exists(*pid) && !vitals::is_zombie(*pid));
        let kill = |pid| kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
        match killed {
            "host" => drop(host.process().kill()),
            "attendant" => kill(attendant),
            // Memory is not the guard's to give back: it is there until it is over.
            _ => {
                kill(guard);
                host.wait("what its attendant says", |line| {
                    line.to_string().contains("was killed by signal 9")
                });
                assert!(vitals::has_resident(beside, 32.0), "it is nobody's but the stand-in's");
                assert_eq!(nest.operator().ask(&["detach", "target"])["undone"], true);
                assert!(are_gone(&[beside, attendant]), "who is answered may rely on it");
            }
        }
        nest.operator().until("nobody stands beside it", || are_gone(&[beside, attendant, guard]));
        if killed == "host" { drop(host) } else { host.stop() }
    }
}

#[test]
fn cpu_time_is_taken_on_the_processors_that_it_may_use() {
    let nest = Nest::new();
    let (host, target) = host_and(&nest, ECHOES);
    let pid = Pid::from_raw(target.pid()).unwrap();
    let all = sched_getaffinity(Some(pid)).unwrap();
    let first = (0..CpuSet::MAX_CPU).find(|cpu| all.is_set(*cpu)).unwrap();
    let mut one = CpuSet::new();
    one.set(first);
    sched_setaffinity(Some(pid), &one).unwrap();
    let too_many = nest.operator().run(&["call", "target", "cpu_spin", "duration=1", "cpus=2"]);
    assert!(too_many.code == 2 && too_many.error.contains("a whole number from 1 to 1"), "{too_many:?}");
    let spin = call(&nest, "cpu_spin", &["duration=600"]);
    nest.operator().until("it spins", || {
        stand_in(&host, target.pid()).is_some_and(|pid| vitals::cpu_seconds(pid) > 0.0)
    });
    let beside = Pid::from_raw(stand_in(&host, target.pid()).unwrap()).unwrap();
    assert_eq!(sched_getaffinity(Some(beside)).unwrap(), one);
    // At each call anew.
    sched_setaffinity(Some(pid), &all).unwrap();
    if all.count() > 1 {
        let two = nest.operator().ask(&[
            "call",
            "target",
            "cpu_spin",
            "duration=200ms",
            "cpus=2",
            "--lease",
            "60s",
        ]);
        assert_eq!(two["verdict"], "effective", "{two}");
        assert!(two["observed"]["cpu_seconds"].as_f64().unwrap() >= 0.4, "on each of them: {two}");
    } else {
        skipped("there is one processor here");
    }
    host.stop();
    drop(spin);
}

#[test]
fn memory_is_taken_within_its_group_where_that_is_its_own() {
    let Some((group, usage, limit)) = with_memory() else { return };
    let nest = Nest::new();
    let (host, mut target) = host_and(&nest, ECHOES);
    group.take(target.pid());
    fs::write(group.path().join(limit), (128u64 << 20).to_string()).unwrap();
    let held = call(&nest, "allocate_memory", &["size_mb=64", "hold_duration=600"]);
    nest.operator().until("the group has it", || group.number(usage) >= 64 << 20);
    let too_much =
        nest.operator().run(&["call", "target", "allocate_memory", "size_mb=100", "hold_duration=0"]);
    assert!(too_much.error.contains("more than 80 %"), "the group's limit counts: {too_much:?}");
    nest.operator().ask(&["detach", "target"]);
    assert_eq!(outcome(&held)["observed"]["in_group"], true);
    nest.operator().until("it is given back", || group.number(usage) < 64 << 20);
    assert_eq!(target.end(), 5);
    host.stop();
}

#[test]
fn in_a_group_with_others_nobody_else_is_pressed() {
    let Some((group, usage, _)) = with_memory() else { return };
    let nest = Nest::new();
    let (host, target) = host_and(&nest, ECHOES);
    let neighbour = nest.target(ECHOES);
    [target.pid(), neighbour.pid()].into_iter().for_each(|pid| group.take(pid));
    let beside =
        nest.operator().ask(&["call", "target", "allocate_memory", "size_mb=32", "hold_duration=100ms"]);
    assert_eq!((&beside["verdict"], &beside["observed"]["in_group"]), (&json!("effective"), &json!(false)));
    assert!(group.number(usage) < 32 << 20, "it was beside it");
    host.stop();
}

#[test]
fn what_stands_in_is_not_frozen_with_it() {
    let Some(group) = ControlGroup::unified() else { return };
    let nest = Nest::new();
    let (host, target) = host_and(&nest, ECHOES);
    group.take(target.pid());
    let _held = call(&nest, "freeze", &["duration=600"]);
    nest.operator().until("it is frozen", || group.is_frozen());
    let spin = nest.operator().ask(&["call", "target", "cpu_spin", "duration=100ms", "--lease", "30s"]);
    assert_eq!(spin["verdict"], "effective", "{spin}");
    host.stop();
}
