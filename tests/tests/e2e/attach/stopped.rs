//! An attached process is stopped by signals, where its control group is shared with others, and goes on.

use chaos_kitty_tests::{Json, Nest, Signal, Target, is_seen, json, vitals};
use rustix::process::{Pid, WaitId, WaitIdOptions, kill_process, waitid};

use super::{ECHOES, attach, attendant, call, host_and, outcome};

fn pid(number: i32) -> Pid {
    Pid::from_raw(number).unwrap()
}

#[track_caller]
fn until_stopped(nest: &Nest, pids: &[i32]) {
    nest.operator().until("it is stopped", || pids.iter().all(|pid| vitals::is_stopped(*pid)));
}

/// Whether we, who started it, see it stopped.
pub(super) fn is_seen_by_its_parent(target: &Target) -> bool {
    let look = WaitIdOptions::STOPPED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    waitid(WaitId::Pid(pid(target.pid())), look).unwrap().is_some()
}

#[test]
fn it_is_stopped_with_all_its_descendants_for_as_long_as_was_asked() {
    let nest = Nest::new();
    let script = format!("exec 3<&0; sh -c 'echo \"{{\\\"child\\\": $$}}\"; read end' <&3 & {ECHOES}");
    let (host, mut target) = host_and(&nest, &script);
    let child = target.said("child");
    for method in ["freeze", "delay"] {
        let outcome = nest.operator().ask(&["call", "target", method, "duration=3"]);
        assert_eq!(
            (&outcome["verdict"], &outcome["observed"]["processes"]),
            (&json!("effective"), &json!(2))
        );
        assert_eq!(outcome["observed"]["by"], "signals", "{outcome}");
        is_seen(&outcome);
        assert!(![target.pid(), child].into_iter().any(vitals::is_stopped), "who is answered may rely on it");
    }
    let bounded = nest.operator().ask(&["call", "target", "freeze", "duration=60", "--lease", "1s"]);
    assert_eq!(bounded["verdict"], "partial", "{bounded}");
    // The child reads from the same input: it takes the end of it, too.
    assert_eq!(target.end(), 5);
    host.stop();
}

#[test]
fn who_was_stopped_before_stays_so_and_nobody_else_is_touched() {
    let nest = Nest::new();
    let script =
        format!("exec 3<&0; sh -c 'echo \"{{\\\"before\\\": $$}}\"; kill -STOP $$; read end' <&3 & {ECHOES}");
    let (host, mut target) = host_and(&nest, &script);
    let mut neighbour = nest.target(ECHOES);
    let before = target.said("before");
    until_stopped(&nest, &[before]);
    let call = call(&nest, "freeze", &["duration=600"]);
    until_stopped(&nest, &[target.pid()]);
    neighbour.echoes("here");
    assert!(is_seen_by_its_parent(&target), "signals are seen");
    nest.operator().ask(&["detach", "target"]);
    assert!(!vitals::is_stopped(target.pid()));
    assert_eq!(outcome(&call)["observed"]["processes"], 1);
    assert!(vitals::is_stopped(before), "that is not ours to continue");
    kill_process(pid(before), Signal::CONT).unwrap();
    target.process().close_input();
    target.process().exit();
    host.stop();
}

#[test]
fn of_two_victims_of_one_family_each_is_held_as_long_as_was_asked() {
    let nest = Nest::new();
    let script = format!("{} {ECHOES}", nest.with_descendants(&["child"]));
    let (host, target) = host_and(&nest, &script);
    let child = target.said("child");
    nest.operator().ask(&["attach", &child.to_string(), "--name", "child"]);
    let freeze = |who, duration| nest.operator().start(&["--json", "call", who, "freeze", duration]);
    // The one below first: it is stopped already, and not ours to continue.
    let short = freeze("child", "duration=1");
    until_stopped(&nest, &[child]);
    let long = freeze("target", "duration=5");
    until_stopped(&nest, &[target.pid()]);
    assert_eq!(outcome(&short)["verdict"], "effective");
    until_stopped(&nest, &[target.pid(), child]);
    let told = outcome(&long);
    assert_eq!((&told["verdict"], &told["observed"]["missed"]), (&json!("effective"), &Json::Null), "{told}");
    assert_eq!(told["observed"]["processes"], 2, "{told}");
    assert!(![target.pid(), child].into_iter().any(vitals::is_stopped), "who is answered may rely on it");
    // And the other way round: what is stopped by another is held from when that lets it go.
    let mark = host.log().mark();
    let _long = freeze("target", "duration=600");
    until_stopped(&nest, &[target.pid(), child]);
    let short = freeze("child", "duration=5");
    host.record_after(mark, "that it is struck", |record| {
        record["ruling"] == "strike" && record["victim"]["name"] == "child"
    });
    kill_process(pid(target.pid()), Signal::CONT).unwrap();
    nest.operator().until("that goes on", || !vitals::is_stopped(target.pid()));
    until_stopped(&nest, &[child]);
    let told = outcome(&short);
    assert_eq!(told["observed"]["processes"], 1, "{told}");
    assert!(!vitals::is_stopped(child), "who is answered may rely on it");
    host.stop();
}

#[test]
fn who_is_continued_below_it_is_missed_and_not_stopped_again() {
    let nest = Nest::new();
    let script = format!("{} {ECHOES}", nest.with_descendants(&["child"]));
    let (host, target) = host_and(&nest, &script);
    let child = target.said("child");
    let call = call(&nest, "freeze", &["duration=3"]);
    until_stopped(&nest, &[target.pid(), child]);
    kill_process(pid(child), Signal::CONT).unwrap();
    let told = outcome(&call);
    assert_eq!((&told["verdict"], &told["observed"]["missed"]), (&json!("partial"), &json!(1)), "{told}");
    assert!(!vitals::is_stopped(child));
    host.stop();
}

#[test]
fn a_signal_reaches_it_and_its_exit_is_the_end_of_it() {
    let nest = Nest::new();
    let (host, mut target) = host_and(&nest, "exec sleep 600");
    let (attendant, guard) = attendant(&host, target.pid());
    let outcome = nest.operator().ask(&["call", "target", "signal", "signal=TERM"]);
    assert_eq!(outcome["observed"]["fate"], "exited", "{outcome}");
    host.left(1);
    assert_eq!(target.process().exit_code(), 128 + 15, "its parent hears of it as ever");
    let are_gone = || ![attendant, guard].into_iter().any(vitals::exists);
    nest.operator().until("nobody attends any more", are_gone);
    host.stop();
}

#[test]
fn what_needs_somebody_inside_is_refused_by_name_and_written_down() {
    let nest = Nest::new();
    let (host, mut target) = host_and(&nest, ECHOES);
    for (method, option) in [("raise_error", "message=boo"), ("trigger_gc", "a=1"), ("flush", "a=1")] {
        let answer = nest.operator().run(&["call", "target", method, option]);
        assert!(answer.code == 1 && answer.error.contains("target is attached"), "{method}: {answer:?}");
        host.record("the refusal", |record| {
            record["ruling"]["refused"]["rule"] == "not_declared" && record["effect"]["method"] == method
        });
    }
    let wrong = nest.operator().run(&["call", "target", "freeze", "duration=1", "point=a"]);
    assert!(wrong.code == 2 && wrong.error.contains("unknown option point:"), "{wrong:?}");
    assert_eq!(target.end(), 5);
    host.stop();
}

#[test]
fn who_continues_it_ends_the_hold() {
    let nest = Nest::new();
    let (host, mut target) = host_and(&nest, ECHOES);
    let call = call(&nest, "freeze", &["duration=600"]);
    until_stopped(&nest, &[target.pid()]);
    kill_process(pid(target.pid()), Signal::CONT).unwrap();
    assert_ne!(outcome(&call)["verdict"], "effective");
    target.echoes("here");
    host.stop();
}

#[test]
fn an_operation_strikes_it_as_it_does_every_victim() {
    let nest = Nest::new();
    let configuration = "version = 1\n[[instance]]\noperation = \"hairball\"\nvictims = { labels = { tier = \"api\" } }\n\
        parameters = { interval = \"100ms\", probability = 1, min_delay = 0.2, max_delay = 0.2 }\n";
    let host = nest.host().configuration(configuration).start();
    let target = nest.target(ECHOES);
    nest.operator().ask(&["attach", &target.pid().to_string(), "--name", "target", "--label", "tier=api"]);
    // A machine that is busy may stop it too late to hold it for as long as that, now and then.
    let effective = host.record("an effective delay", |record| {
        record["record"] == "outcome" && record["verdict"] == "effective"
    });
    assert_eq!((&effective["victim"]["name"], &effective["method"]), (&json!("target"), &json!("delay")));
    host.stop();
}

#[test]
fn its_guard_killed_it_goes_on_and_is_held_no_more_until_it_is_attached_again() {
    let nest = Nest::new();
    let (host, mut target) = host_and(&nest, ECHOES);
    let call = call(&nest, "freeze", &["duration=600"]);
    until_stopped(&nest, &[target.pid()]);
    let (_, guard) = attendant(&host, target.pid());
    kill_process(pid(guard), Signal::KILL).unwrap();
    target.echoes("here");
    assert_eq!(outcome(&call)["verdict"], "unknown", "who knew how long it was held is dead");
    host.wait("what its attendant says", |line| {
        line["message"].as_str().is_some_and(|text| text.contains("was killed by signal 9"))
    });
    let refused = nest.operator().run(&["call", "target", "freeze", "duration=1"]);
    assert!(refused.error.contains("detach it and attach it again"), "{refused:?}");
    nest.operator().ask(&["detach", "target"]);
    attach(&nest, &target);
    let again = nest.operator().ask(&["call", "target", "freeze", "duration=3"]);
    assert_eq!(again["verdict"], "effective", "{again}");
    host.stop();
}

#[test]
fn it_and_its_guard_killed_together_whoever_was_stopped_with_it_goes_on() {
    let nest = Nest::new();
    let script = format!("{} {ECHOES}", nest.with_descendants(&["child", "grandchild"]));
    let (host, mut target) = host_and(&nest, &script);
    let (child, grandchild) = (target.said("child"), target.said("grandchild"));
    let call = call(&nest, "freeze", &["duration=600"]);
    until_stopped(&nest, &[target.pid(), child, grandchild]);
    let (attendant, guard) = attendant(&host, target.pid());
    // From then on it has another parent, and no chain of them leads to the process.
    for killed in [child, guard, target.pid()] {
        kill_process(pid(killed), Signal::KILL).unwrap();
    }
    nest.operator().until("it goes on", || !vitals::is_stopped(grandchild));
    assert_eq!(outcome(&call)["verdict"], "unknown", "who knew how long it was held is dead");
    host.left(1);
    assert_eq!(target.end(), 128 + 9);
    nest.operator().until("all are gone", || ![attendant, grandchild].into_iter().any(vitals::exists));
    host.stop();
}

#[test]
fn its_guard_killed_who_was_stopped_before_stays_so() {
    let nest = Nest::new();
    let script = format!(
        "exec 3<&0; sh -c 'echo \"{{\\\"before\\\": $$}}\"; kill -STOP $$; read end' <&3 & \
         sh -c 'echo \"{{\\\"child\\\": $$}}\"; read end' <&3 & {ECHOES}"
    );
    let (host, mut target) = host_and(&nest, &script);
    let (before, child) = (target.said("before"), target.said("child"));
    until_stopped(&nest, &[before]);
    let call = call(&nest, "freeze", &["duration=600"]);
    until_stopped(&nest, &[target.pid(), child]);
    let (_, guard) = attendant(&host, target.pid());
    kill_process(pid(guard), Signal::KILL).unwrap();
    assert_eq!(outcome(&call)["verdict"], "unknown");
    assert!(![target.pid(), child].into_iter().any(vitals::is_stopped), "who is answered may rely on it");
    assert!(vitals::is_stopped(before), "that was not ours to continue");
    kill_process(pid(before), Signal::CONT).unwrap();
    target.process().close_input();
    target.process().exit();
    host.stop();
}
