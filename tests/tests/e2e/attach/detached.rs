//! Detaching, and what else is the end of it.

use chaos_kitty_tests::{ControlGroup, Json, Nest, Signal, json, vitals};
use rustix::process::{Pid, kill_process};

use super::{ECHOES, attach, attendant, call, host_and, outcome, steered};

#[test]
fn what_is_under_way_is_undone_before_it_is_answered() {
    let nest = Nest::new();
    let (host, mut target) = host_and(&nest, ECHOES);
    let (attendant, guard) = attendant(&host, target.pid());
    let memory = call(&nest, "allocate_memory", &["size_mb=32", "hold_duration=600"]);
    let held = call(&nest, "freeze", &["duration=600"]);
    let beside = || vitals::children(attendant).into_iter().find(|child| *child != guard);
    nest.operator().until("both are under way", || {
        vitals::is_stopped(target.pid()) && beside().is_some_and(|pid| vitals::has_resident(pid, 32.0))
    });
    let stand_in = beside().unwrap();
    let detached = nest.operator().ask(&["detach", "target"]);
    assert_eq!(detached, json!({"id": 1, "name": "target", "pid": target.pid(), "undone": true}));
    assert!(!vitals::is_stopped(target.pid()));
    for ours in [guard, stand_in] {
        assert!(!vitals::exists(ours) || vitals::is_zombie(ours), "{ours} is still there");
    }
    for call in [held, memory] {
        let outcome = outcome(&call);
        assert_eq!(outcome["verdict"], "partial", "it came to something, which is written: {outcome}");
    }
    assert_eq!(nest.operator().ask(&["victims"]), json!([]));
    assert_eq!(steered(&nest, "detach")["argument"], "target");
    target.echoes("free");
    // And again, as if nothing had been.
    assert_eq!(attach(&nest, &target)["id"], 2);
    let said = nest.operator().run(&["detach", "2"]);
    assert!(said.code == 0 && said.text.contains("nothing that was done to it is left"), "{said:?}");
    assert_eq!(target.end(), 5);
    host.stop();
}

#[test]
fn only_what_was_attached_is_detached() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let _web = nest.victim("web").start();
    host.registered("web");
    for (who, rule, why) in [
        ("web", "refused", "web (id 1) is linked: it was not attached"),
        ("nobody", "no_victim", "there is no victim called `nobody`: `chaos-kitty victims`"),
        ("wbe", "no_victim", "there is no victim called `wbe`, did you mean `web`: "),
        ("7", "no_victim", "there is no victim 7"),
    ] {
        let answer = nest.operator().run(&["--json", "detach", who]);
        assert!(answer.code == 1 && answer.error.contains(why), "{answer:?}");
        assert_eq!(answer.json()["refused"]["rule"], rule, "{answer:?}");
        let steered =
            nest.journal().record("it", |record| record["what"] == "detach" && record["argument"] == who);
        assert!(steered["objections"][0].as_str().is_some_and(|told| told.contains(why)), "{steered}");
    }
    host.stop();
}

#[test]
fn an_attendant_that_is_stopped_is_killed_and_its_guard_undoes() {
    let nest = Nest::new();
    let (host, mut target) = host_and(&nest, ECHOES);
    let _held = call(&nest, "freeze", &["duration=600"]);
    nest.operator().until("it is stopped", || vitals::is_stopped(target.pid()));
    let (attendant, _) = attendant(&host, target.pid());
    kill_process(Pid::from_raw(attendant).unwrap(), Signal::STOP).unwrap();
    assert_eq!(nest.operator().ask(&["detach", "target"])["undone"], true);
    assert!(!vitals::is_stopped(target.pid()), "who is answered may rely on it");
    target.echoes("free");
    host.stop();
}

#[test]
fn a_guard_that_is_stopped_undoes_when_its_attendant_leaves() {
    let nest = Nest::new();
    let (host, mut target) = host_and(&nest, ECHOES);
    let _held = call(&nest, "freeze", &["duration=600"]);
    nest.operator().until("it is stopped", || vitals::is_stopped(target.pid()));
    let (_, guard) = attendant(&host, target.pid());
    kill_process(Pid::from_raw(guard).unwrap(), Signal::STOP).unwrap();
    assert_eq!(nest.operator().ask(&["detach", "target"])["undone"], true);
    assert!(!vitals::is_stopped(target.pid()), "who is answered may rely on it");
    target.echoes("free");
    host.stop();
}

#[test]
fn what_is_not_undone_is_said_with_what_to_do() {
    // A guard that is only stopped goes on when its attendant leaves: the kernel continues a group that nobody watches over.
    let Some(group) = ControlGroup::freezable().next() else { return };
    let nest = Nest::new();
    let (host, mut target) = host_and(&nest, ECHOES);
    let _held = call(&nest, "freeze", &["duration=600"]);
    nest.operator().until("it is stopped", || vitals::is_stopped(target.pid()));
    let (_, guard) = attendant(&host, target.pid());
    group.take(guard);
    group.freeze();
    let answer = nest.operator().run(&["--json", "detach", "target"]);
    assert!(answer.code == 1 && answer.json()["undone"] == false, "{answer:?}");
    let left = answer.json()["left"].as_array().unwrap().clone();
    for advice in [format!("kill -CONT {}", target.pid()), format!("kill -CONT {guard}")] {
        assert!(left.iter().any(|line| line.as_str().unwrap().contains(&advice)), "{advice}: {answer:?}");
        assert!(answer.error.contains(&advice), "and to who does not read JSON: {answer:?}");
        assert!(steered(&nest, "detach")["objections"][0].as_str().unwrap().contains(&advice));
    }
    group.thaw();
    target.echoes("free");
    host.stop();
}

#[test]
fn who_is_stopped_or_frozen_by_somebody_else_is_told_apart() {
    let nest = Nest::new();
    let (host, mut target) = host_and(&nest, ECHOES);
    let outcome = nest.operator().ask(&["call", "target", "freeze", "duration=300ms"]);
    assert_eq!(outcome["observed"]["processes"], 1, "{outcome}");
    target.process().signal(Signal::STOP);
    nest.operator().until("it is stopped", || vitals::is_stopped(target.pid()));
    let detached = nest.operator().ask(&["detach", "target"]);
    assert_eq!(detached["undone"], true, "{detached}");
    let others = format!("{} is stopped, by somebody else", target.pid());
    assert_eq!((&detached["others"], &detached["left"]), (&json!([others]), &Json::Null));
    target.process().signal(Signal::CONT);
    if let Some(group) = ControlGroup::freezable().next() {
        attach(&nest, &target);
        group.take(target.pid());
        group.freeze();
        nest.operator().until("it is frozen", || group.is_frozen());
        let said = nest.operator().run(&["detach", "target"]);
        assert!(said.code == 0 && said.text.contains("is frozen, by somebody else"), "{said:?}");
        group.thaw();
        assert_eq!(target.end(), 5);
    }
    host.stop();
}

#[test]
fn it_stays_attached_when_the_configuration_is_read_again_and_not_when_the_host_is_another() {
    let nest = Nest::new();
    let (host, mut target) = host_and(&nest, ECHOES);
    nest.file("chaos.toml", "version = 1\ninstance = []\n[limits]\neffects = 5\n");
    nest.operator().ask(&["reload"]);
    assert_eq!(nest.operator().ask(&["victims"])[0]["name"], "target");
    let outcome = nest.operator().ask(&["call", "target", "freeze", "duration=1"]);
    assert_eq!(outcome["verdict"], "effective", "{outcome}");
    host.stop();
    let host = nest.quiet_host();
    assert_eq!(nest.operator().ask(&["victims"]), json!([]));
    target.echoes("free");
    host.stop();
}
