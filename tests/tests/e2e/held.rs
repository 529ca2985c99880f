//! Delays of a wrapped program: it is stopped, and goes on, whatever happens meanwhile.

use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::Duration;

use chaos_kitty_tests::{Job, Json, Nest, Process, Signal, json, vitals};
use rustix::process::{Pid, kill_process, kill_process_group};

use crate::wrapped::host_and;

/// Ends with its input, and so do the children in the background that have it too.
const READS: &str = "read end; exit 5";

fn pid(number: i32) -> Pid {
    Pid::from_raw(number).unwrap()
}

/// A delay that nobody waits out; the operator's command tells what became of it.
fn delay(nest: &Nest) -> Process {
    nest.operator().start(&["--json", "call", "job", "delay", "duration=600"])
}

fn outcome(call: &Process) -> Json {
    call.said().to_its_end();
    serde_json::from_str(&call.said().shown()).unwrap()
}

#[track_caller]
fn until_stopped(nest: &Nest, pids: &[i32]) {
    nest.operator().until("it is stopped", || pids.iter().all(|pid| vitals::is_stopped(*pid)));
}

#[track_caller]
fn until_running(nest: &Nest, pids: &[i32]) {
    nest.operator().until("it goes on", || !pids.iter().any(|pid| vitals::is_stopped(*pid)));
}

#[test]
fn it_is_stopped_with_all_its_descendants_and_goes_on() {
    let nest = Nest::new();
    let script = format!(
        "exec 3<&0
         sh -c 'echo \"{{\\\"child\\\": $$}}\"; read end' <&3 &
         (setsid sh -c 'echo \"{{\\\"daemon\\\": $$}}\"; read end' <&3 &)
         sh -c 'echo \"{{\\\"before\\\": $$}}\"; kill -STOP $$; read end' <&3 &
         {READS}"
    );
    let (host, mut job) = host_and(&nest, nest.job("job"), &script);
    let (child, daemon, before) = (job.said("child"), job.said("daemon"), job.said("before"));
    until_stopped(&nest, &[before]);
    let call = delay(&nest);
    until_stopped(&nest, &[job.pid(), child, daemon]);
    assert_eq!(vitals::parent(daemon), Some(job.guard()), "nobody escapes its guard");
    nest.operator().ask(&["undo", "--all"]);
    assert!(
        ![job.pid(), child, daemon].into_iter().any(vitals::is_stopped),
        "who is answered may rely on it"
    );
    let outcome = outcome(&call);
    assert_eq!(outcome["observed"]["processes"], 3, "{outcome}");
    assert!(vitals::is_stopped(before), "who was stopped by somebody else is not ours to continue");
    kill_process(pid(before), Signal::CONT).unwrap();
    assert_eq!(job.end(), 5);
    host.stop();
}

#[test]
fn the_guard_holds_on_to_nothing_that_the_program_was_given() {
    let nest = Nest::new();
    let mut job = nest.job("job").start(READS);
    let folder = format!("/proc/{}", job.guard());
    let link = |path: &str| std::fs::read_link(format!("{folder}/{path}")).unwrap().display().to_string();
    nest.operator().until("it has left the directory", || link("cwd") == "/");
    for entry in std::fs::read_dir(format!("{folder}/fd")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let target = link(&format!("fd/{name}"));
        let is_its_own = ["/dev/null", "socket:", "anon_inode:"].iter().any(|own| target.starts_with(own));
        assert!(is_its_own, "{name} is {target}");
    }
    assert_eq!(job.end(), 5);
}

#[test]
fn a_delay_lasts_as_long_as_was_asked_or_as_its_lease_allows() {
    let nest = Nest::new();
    let (host, mut job) = host_and(&nest, nest.job("job"), READS);
    let outcome = nest.operator().ask(&["call", "job", "delay", "duration=3"]);
    assert_eq!(
        (&outcome["verdict"], &outcome["observed"]["processes"]),
        (&json!("effective"), &json!(1)),
        "{outcome}"
    );
    let held = outcome["observed"]["seconds_held"].as_f64().unwrap();
    assert!(held >= 3.0, "it counts from when all are stopped: {outcome}");
    assert!(!vitals::is_stopped(job.pid()), "who is answered may rely on it");
    let outcome = nest.operator().ask(&["call", "job", "delay", "duration=60", "--lease", "1s"]);
    assert_eq!(outcome["verdict"], "partial", "{outcome}");
    assert_eq!(job.end(), 5);
    host.stop();
}

#[test]
fn the_shortest_delay_is_one_all_the_same() {
    let nest = Nest::new();
    let (host, mut job) = host_and(&nest, nest.job("job"), READS);
    let strike = |_| outcome(&nest.operator().start(&["--json", "call", "job", "delay", "duration=0.001"]));
    // On a busy machine it may be over before all are seen to be stopped, and is told so.
    let is_whole = |outcome: &Json| outcome["verdict"] == "effective";
    let struck = (0..200).map(strike).find(is_whole).expect("one of them has lasted");
    assert_eq!(
        (&struck["observed"]["processes"], &struck["observed"]["missed"]),
        (&json!(1), &Json::Null),
        "{struck}"
    );
    assert!(struck["observed"]["seconds_held"].as_f64().unwrap() >= 0.001, "{struck}");
    assert_eq!(job.end(), 5);
    host.stop();
}

#[test]
fn two_delays_overlap_and_each_tells_what_it_held_itself() {
    let nest = Nest::new();
    let (host, mut job) = host_and(&nest, nest.job("job"), READS);
    let long = delay(&nest);
    until_stopped(&nest, &[job.pid()]);
    let short = nest.operator().ask(&["call", "job", "delay", "duration=3"]);
    assert_eq!(short["verdict"], "effective", "{short}");
    assert!(vitals::is_stopped(job.pid()), "the other one has it still");
    nest.operator().ask(&["undo", "--all"]);
    assert!(!vitals::is_stopped(job.pid()));
    let seconds = |outcome: &Json| outcome["observed"]["seconds_held"].as_f64().unwrap();
    assert!(seconds(&outcome(&long)) > seconds(&short));
    assert_eq!(job.end(), 5);
    host.stop();
}

#[test]
fn it_goes_on_when_the_host_is_killed() {
    let nest = Nest::new();
    let (host, mut job) = host_and(&nest, nest.job("job"), READS);
    let _call = delay(&nest);
    until_stopped(&nest, &[job.pid()]);
    host.kill();
    until_running(&nest, &[job.pid()]);
    assert_eq!(job.end(), 5);
}

#[test]
fn it_goes_on_when_its_guard_is_killed_and_is_delayed_no_more() {
    let nest = Nest::new();
    // In a group that no shell watches over, ours, the kernel would hang up on all of us.
    let (host, mut job) = host_and(&nest, nest.job("job").in_a_group(), READS);
    let call = delay(&nest);
    until_stopped(&nest, &[job.pid()]);
    kill_process(pid(job.guard()), Signal::KILL).unwrap();
    until_running(&nest, &[job.pid()]);
    assert_eq!(outcome(&call)["verdict"], "unknown", "who knew how long it was held is dead");
    assert_eq!(vitals::parent(job.pid()), Some(job.wrapper().pid()));
    let refused = outcome(&delay(&nest));
    assert_eq!(
        (&refused["verdict"], &refused["error"]["kind"]),
        (&json!("none"), &json!("refused")),
        "{refused}"
    );
    let why = refused["error"]["message"].as_str().unwrap();
    assert!(why.contains("guard is gone") && why.contains("start it anew"), "{refused}");
    assert_eq!(job.end(), 5, "the wrapper is its parent now");
    host.stop();
}

#[test]
fn a_signal_that_is_to_end_the_program_ends_the_delay() {
    let nest = Nest::new();
    let script = "trap 'echo caught; exit 9' TERM; trap : USR2; echo ready; n=0; while [ $n -lt 99 ]; do read x && n=0 || n=$((n+1)); done";
    let (host, mut job) = host_and(&nest, nest.job("job"), script);
    job.says("ready");
    let call = delay(&nest);
    until_stopped(&nest, &[job.pid()]);
    job.wrapper().signal(Signal::USR2);
    nest.operator().until("the signal waits", || vitals::has_pending(job.pid(), Signal::USR2));
    assert!(vitals::is_stopped(job.pid()), "one that asks for no end waits for the delay's");
    job.wrapper().signal(Signal::TERM);
    job.says("caught");
    assert_eq!(job.wrapper().exit_code(), 9);
    assert_eq!(outcome(&call)["verdict"], "partial");
    host.stop();
}

#[test]
fn who_below_it_is_held_as_a_victim_of_its_own_is_held_with_it_from_then_on() {
    let nest = Nest::new();
    let script = format!("{} {READS}", nest.with_descendants(&["child"]));
    let (host, mut job) = host_and(&nest, nest.job("job"), &script);
    let child = job.said("child");
    nest.operator().ask(&["attach", &child.to_string(), "--name", "child"]);
    let freeze = |who, duration| nest.operator().start(&["--json", "call", who, "freeze", duration]);
    let short = freeze("child", "duration=1");
    until_stopped(&nest, &[child]);
    let long = freeze("job", "duration=5");
    until_stopped(&nest, &[job.pid()]);
    assert_eq!(outcome(&short)["verdict"], "effective");
    until_stopped(&nest, &[job.pid(), child]);
    let told = outcome(&long);
    assert_eq!((&told["verdict"], &told["observed"]["missed"]), (&json!("effective"), &Json::Null), "{told}");
    assert_eq!(told["observed"]["processes"], 2, "{told}");
    assert_eq!(job.end(), 5);
    host.stop();
}

#[test]
fn who_continues_it_ends_the_delay() {
    let nest = Nest::new();
    let (host, mut job) = host_and(&nest, nest.job("job"), READS);
    let call = delay(&nest);
    until_stopped(&nest, &[job.pid()]);
    kill_process(pid(job.pid()), Signal::CONT).unwrap();
    assert_ne!(outcome(&call)["verdict"], "effective");
    assert!(!vitals::is_stopped(job.pid()), "and it is not stopped again");
    assert_eq!(job.end(), 5);
    host.stop();
}

#[test]
fn a_program_that_is_killed_while_it_is_held_tells_how_long_that_was() {
    let nest = Nest::new();
    let (host, mut job) = host_and(&nest, nest.job("job"), READS);
    let call = delay(&nest);
    until_stopped(&nest, &[job.pid()]);
    kill_process(pid(job.pid()), Signal::KILL).unwrap();
    let outcome = outcome(&call);
    assert!(outcome["observed"]["seconds_held"].is_number(), "{outcome}");
    assert_eq!(job.wrapper().exit_code(), 128 + 9);
    host.left(1);
    host.stop();
}

#[test]
fn it_and_its_guard_killed_together_whoever_was_stopped_with_it_goes_on() {
    let nest = Nest::new();
    let script = format!("{} {READS}", nest.with_descendants(&["child", "grandchild"]));
    let (host, mut job) = host_and(&nest, nest.job("job").in_a_group(), &script);
    let (child, grandchild) = (job.said("child"), job.said("grandchild"));
    let call = delay(&nest);
    until_stopped(&nest, &[job.pid(), child, grandchild]);
    // From then on it has another parent, and none of its ancestors is below the guard.
    for killed in [child, job.guard(), job.pid()] {
        kill_process(pid(killed), Signal::KILL).unwrap();
    }
    until_running(&nest, &[grandchild]);
    assert_eq!(outcome(&call)["verdict"], "unknown", "who knew how long it was held is dead");
    assert_eq!(job.wrapper().exit_code(), 128 + 9);
    job.wrapper().close_input();
    nest.operator().until("all are gone", || !vitals::exists(grandchild));
    host.stop();
}

#[test]
fn a_wrapper_that_is_stopped_itself_prolongs_no_delay() {
    let nest = Nest::new();
    let (host, mut job) = host_and(&nest, nest.job("job"), READS);
    let call = nest.operator().start(&["--json", "call", "job", "delay", "duration=3"]);
    until_stopped(&nest, &[job.pid()]);
    job.wrapper().signal(Signal::STOP);
    until_running(&nest, &[job.pid()]);
    assert!(vitals::is_stopped(job.wrapper().pid()), "the guard did it alone");
    job.wrapper().signal(Signal::CONT);
    assert_eq!(outcome(&call)["verdict"], "effective");
    assert_eq!(job.end(), 5);
    host.stop();
}

#[test]
fn a_job_is_suspended_and_resumed_as_one() {
    let nest = Nest::new();
    let (host, mut job) = host_and(&nest, nest.job("job").in_a_group(), READS);
    let (group, members) = (pid(job.wrapper().pid()), [job.wrapper().pid(), job.pid()]);
    kill_process_group(group, Signal::TSTP).unwrap();
    until_stopped(&nest, &members);
    assert!(!vitals::is_stopped(job.guard()), "keys of the terminal do not reach the guard");
    kill_process_group(group, Signal::CONT).unwrap();
    until_running(&nest, &members);
    let outcome = nest.operator().ask(&["call", "job", "delay", "duration=3"]);
    assert_eq!(outcome["verdict"], "effective", "{outcome}");
    assert_eq!(job.end(), 5);
    host.stop();
}

#[test]
fn who_continues_the_wrapper_continues_the_job() {
    let nest = Nest::new();
    let mut job = nest.job("job").in_a_group().start(READS);
    let members = [job.wrapper().pid(), job.pid()];
    kill_process_group(pid(members[0]), Signal::TSTP).unwrap();
    until_stopped(&nest, &members);
    job.wrapper().signal(Signal::CONT);
    until_running(&nest, &members);
    assert_eq!(job.end(), 5);
}

#[test]
fn a_program_that_takes_its_time_to_stop_is_waited_for() {
    let nest = Nest::new();
    let script = format!("trap 'sleep 2; kill -STOP $$' TSTP; echo ready; read interrupted; {READS}");
    let mut job = nest.job("job").in_a_group().start(&script);
    job.says("ready");
    let members = [job.wrapper().pid(), job.pid()];
    kill_process_group(pid(members[0]), Signal::TSTP).unwrap();
    until_stopped(&nest, &members);
    kill_process_group(pid(members[0]), Signal::CONT).unwrap();
    assert_eq!(job.end(), 5);
}

/// Until the wrapper has read a stop that was sent to it.
#[track_caller]
fn until_suspending(nest: &Nest, job: &mut Job) {
    let wrapper = job.wrapper().pid();
    nest.operator().until("it knows", || !vitals::has_pending(wrapper, Signal::TSTP));
}

#[test]
fn a_suspension_during_a_delay_stops_the_job_afterwards_and_nobody_else() {
    let nest = Nest::new();
    let (host, mut job) = host_and(&nest, nest.job("job").in_a_group(), READS);
    let members = [job.wrapper().pid(), job.pid()];
    let mut neighbour = Process::start("neighbour", Command::new("cat").process_group(members[0]));
    let call = delay(&nest);
    until_stopped(&nest, &[job.pid()]);
    job.wrapper().signal(Signal::TSTP);
    until_suspending(&nest, &mut job);
    host.stop();
    until_stopped(&nest, &members);
    neighbour.tell("here");
    neighbour.said().wait("what it was told", |line| line == "here");
    kill_process_group(pid(members[0]), Signal::CONT).unwrap();
    until_running(&nest, &members);
    assert_eq!(job.end(), 5);
    drop(call);
}

#[test]
fn who_continues_the_job_takes_a_suspension_back() {
    let nest = Nest::new();
    let (host, mut job) = host_and(&nest, nest.job("job").in_a_group(), READS);
    let group = pid(job.wrapper().pid());
    let call = delay(&nest);
    until_stopped(&nest, &[job.pid()]);
    kill_process_group(group, Signal::TSTP).unwrap();
    until_suspending(&nest, &mut job);
    kill_process_group(group, Signal::CONT).unwrap();
    assert_ne!(outcome(&call)["verdict"], "effective");
    let next = nest.operator().ask(&["call", "job", "delay", "duration=1"]);
    assert_eq!(
        (&next["verdict"], &next["observed"]["processes"]),
        (&json!("effective"), &json!(1)),
        "{next}"
    );
    assert_eq!(job.end(), 5);
    host.stop();
}

/// Its lease is two seconds, and counts from when the wrapper reads of it.
#[test]
fn a_wrapper_that_goes_on_too_late_strikes_no_more() {
    let nest = Nest::new();
    let (host, mut job) = host_and(&nest, nest.job("job").in_a_group(), READS);
    job.wrapper().signal(Signal::STOP);
    let call = nest.operator().start(&["--json", "call", "job", "freeze", "duration=1"]);
    host.strikes("job", "freeze");
    chaos_kitty_tests::let_pass(Duration::from_millis(3500));
    job.wrapper().signal(Signal::CONT);
    let outcome = outcome(&call);
    assert_eq!(outcome["error"], Json::Null, "{outcome}");
    assert_ne!(outcome["verdict"], "effective", "{outcome}");
    assert!(!vitals::is_stopped(job.pid()), "who is answered may rely on it");
    assert_eq!(job.end(), 5);
    host.stop();
}
