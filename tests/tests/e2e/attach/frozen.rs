//! An attached process is held by the freezer of its control group, where that is its own.

use chaos_kitty_tests::{ControlGroup, Json, Nest, Signal, descriptors, is_seen, json, vitals};
use rustix::process::{Pid, kill_process};

use super::stopped::is_seen_by_its_parent;
use super::{ECHOES, attach, attendant, call, host_and, outcome};

/// A group in each version, where it can be made. Where groups are there and we are root, one of them can.
fn groups() -> Vec<ControlGroup> {
    let groups: Vec<_> = ControlGroup::freezable().collect();
    let can_be_made = vitals::own_user() == 0 && ControlGroup::are_writable();
    assert!(!groups.is_empty() || !can_be_made, "a group that can be frozen is to be had here");
    groups
}

/// A script with a child beside it.
fn with_child() -> String {
    format!("exec 3<&0; sh -c 'echo \"{{\\\"child\\\": $$}}\"; read end' <&3 & {ECHOES}")
}

#[track_caller]
fn until_frozen(nest: &Nest, group: &ControlGroup) {
    nest.operator().until("it is frozen", || group.is_frozen());
}

#[track_caller]
fn until_thawed(nest: &Nest, group: &ControlGroup) {
    nest.operator().until("it is thawed", || !group.is_frozen());
}

#[test]
fn nobodys_parent_sees_it() {
    for group in groups() {
        let nest = Nest::new();
        let (host, mut target) = host_and(&nest, &with_child());
        let child = target.said("child");
        [target.pid(), child].into_iter().for_each(|pid| group.take(pid));
        let held = call(&nest, "freeze", &["duration=3"]);
        until_frozen(&nest, &group);
        assert!(![target.pid(), child].into_iter().any(vitals::is_stopped));
        let outcome = outcome(&held);
        assert_eq!(
            (&outcome["verdict"], &outcome["observed"]["by"]),
            (&json!("effective"), &json!("freezer"))
        );
        assert_eq!(
            (&outcome["observed"]["processes"], &outcome["doubt"]),
            (&json!(2), &Json::Null),
            "{outcome}"
        );
        is_seen(&outcome);
        assert!(!group.is_frozen() && !is_seen_by_its_parent(&target), "who is answered may rely on it");
        assert_eq!(target.end(), 5);
        host.stop();
    }
}

/// Held by signals, since the group is not its own, until it is detached.
#[track_caller]
fn is_held_by_signals(nest: &Nest, group: &ControlGroup, pids: &[i32], meanwhile: impl FnOnce()) {
    let held = call(nest, "freeze", &["duration=600"]);
    nest.operator().until("all are stopped", || pids.iter().all(|pid| vitals::is_stopped(*pid)));
    assert!(!group.is_frozen());
    meanwhile();
    nest.operator().ask(&["detach", "target"]);
    assert_eq!(outcome(&held)["observed"]["by"], "signals");
}

#[test]
fn a_group_that_others_are_in_is_not_frozen() {
    for group in groups() {
        let nest = Nest::new();
        let (host, target) = host_and(&nest, ECHOES);
        let mut neighbour = nest.target(ECHOES);
        [target.pid(), neighbour.pid()].into_iter().for_each(|pid| group.take(pid));
        is_held_by_signals(&nest, &group, &[target.pid()], || neighbour.echoes("here"));
        host.stop();
    }
}

#[test]
fn nor_one_that_some_of_its_children_are_not_in() {
    for group in groups() {
        let nest = Nest::new();
        let (host, target) = host_and(&nest, &with_child());
        let child = target.said("child");
        group.take(target.pid());
        is_held_by_signals(&nest, &group, &[target.pid(), child], || {});
        host.stop();
    }
}

#[test]
fn it_is_thawed_by_who_has_no_descriptor_left() {
    for group in groups() {
        let nest = Nest::new();
        let (host, mut target) = host_and(&nest, ECHOES);
        group.take(target.pid());
        let held = call(&nest, "freeze", &["duration=600"]);
        until_frozen(&nest, &group);
        let (_, guard) = attendant(&host, target.pid());
        descriptors::leave_none(guard);
        nest.operator().ask(&["detach", "target"]);
        assert!(!group.is_frozen(), "who is answered may rely on it");
        assert_eq!(outcome(&held)["observed"]["by"], "freezer");
        target.echoes("free");
        host.stop();
    }
}

#[test]
fn what_cannot_be_thawed_now_is_tried_until_it_can() {
    for group in groups() {
        let nest = Nest::new();
        let (host, mut target) = host_and(&nest, ECHOES);
        group.take(target.pid());
        let _held = call(&nest, "freeze", &["duration=600"]);
        until_frozen(&nest, &group);
        let (attendant, guard) = attendant(&host, target.pid());
        // Whose it is to thaw it, once the guard is dead.
        descriptors::leave_none(attendant);
        kill_process(Pid::from_raw(guard).unwrap(), Signal::KILL).unwrap();
        host.wait("that it cannot be thawed", |line| {
            line["message"].as_str().is_some_and(|text| text.contains("it is tried until it can"))
        });
        assert!(group.is_frozen());
        descriptors::leave_many(attendant);
        until_thawed(&nest, &group);
        target.echoes("free");
        assert_eq!(nest.operator().ask(&["detach", "target"])["undone"], true);
        host.stop();
    }
}

#[test]
fn whoever_is_killed_it_is_thawed() {
    for group in groups() {
        let nest = Nest::new();
        let mut target = nest.target(ECHOES);
        group.take(target.pid());
        for killed in ["host", "host in order", "attendant", "guard"] {
            let mut host = nest.quiet_host();
            attach(&nest, &target);
            let _held = call(&nest, "freeze", &["duration=600"]);
            until_frozen(&nest, &group);
            let (attendant, guard) = attendant(&host, target.pid());
            let kill = |pid| kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
            match killed {
                "host" => drop(host.process().kill()),
                "host in order" => host.process().signal(Signal::TERM),
                "attendant" => kill(attendant),
                _ => kill(guard),
            }
            until_thawed(&nest, &group);
            target.echoes(killed.split(' ').next().unwrap());
            match killed {
                "host" => drop(host),
                "host in order" => assert_eq!(host.process().exit_code(), 0),
                _ => host.stop(),
            }
            let are_gone =
                || ![attendant, guard].into_iter().any(|pid| vitals::exists(pid) && !vitals::is_zombie(pid));
            nest.operator().until("nobody attends any more", are_gone);
        }
        assert_eq!(target.end(), 5);
    }
}

#[test]
fn who_is_killed_while_it_is_frozen_goes_at_once() {
    for group in groups() {
        let nest = Nest::new();
        let (host, mut target) = host_and(&nest, ECHOES);
        group.take(target.pid());
        let held = call(&nest, "freeze", &["duration=600"]);
        until_frozen(&nest, &group);
        target.process().signal(Signal::KILL);
        assert_eq!(target.process().exit_code(), 128 + 9);
        assert!(outcome(&held)["observed"]["seconds_held"].is_number());
        host.left(1);
        host.stop();
    }
}

#[test]
fn who_is_killed_below_it_goes_at_once_and_the_others_are_held_on() {
    for group in groups() {
        let nest = Nest::new();
        let (host, mut target) = host_and(&nest, &with_child());
        let child = target.said("child");
        [target.pid(), child].into_iter().for_each(|pid| group.take(pid));
        let held = call(&nest, "freeze", &["duration=600"]);
        until_frozen(&nest, &group);
        kill_process(Pid::from_raw(child).unwrap(), Signal::KILL).unwrap();
        nest.operator().until("it has gone", || !vitals::exists(child) || vitals::is_zombie(child));
        until_frozen(&nest, &group);
        nest.operator().ask(&["detach", "target"]);
        let observed = outcome(&held)["observed"].take();
        assert_eq!((&observed["processes"], &observed["by"]), (&json!(2), &json!("freezer")), "{observed}");
        assert_eq!(target.end(), 5);
        host.stop();
    }
}

#[test]
fn who_thaws_it_ends_the_hold_and_what_another_has_frozen_stays_so() {
    for group in groups() {
        let nest = Nest::new();
        let (host, mut target) = host_and(&nest, ECHOES);
        group.take(target.pid());
        let held = call(&nest, "freeze", &["duration=600"]);
        until_frozen(&nest, &group);
        group.thaw();
        assert_ne!(outcome(&held)["verdict"], "effective");
        target.echoes("here");
        assert!(!group.is_frozen(), "and it is not frozen again");
        group.freeze();
        until_frozen(&nest, &group);
        let second = nest.operator().ask(&["call", "target", "freeze", "duration=1"]);
        assert_ne!(second["observed"]["by"], "freezer", "{second}");
        assert!(group.is_frozen(), "that is not ours to thaw");
        group.thaw();
        target.echoes("again");
        host.stop();
    }
}

#[test]
fn who_enters_its_group_meanwhile_is_counted_and_told_of() {
    for group in groups() {
        let nest = Nest::new();
        let (host, target) = host_and(&nest, ECHOES);
        let mut stranger = nest.target(ECHOES);
        group.take(target.pid());
        let held = call(&nest, "freeze", &["duration=600"]);
        until_frozen(&nest, &group);
        group.take(stranger.pid());
        nest.operator().ask(&["detach", "target"]);
        let outcome = outcome(&held);
        assert_eq!(
            (&outcome["observed"]["processes"], &outcome["observed"]["strangers"]),
            (&json!(1), &json!(1)),
            "{outcome}"
        );
        host.wait("that somebody else was frozen", |line| {
            line["message"].as_str().is_some_and(|text| text.contains("entered its control group"))
        });
        stranger.echoes("free");
        host.stop();
    }
}
