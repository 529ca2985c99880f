//! What would end the host ends a process of its own: it is one line, its effects end, and it comes back.

use std::fs;
use std::path::Path;

use chaos_kitty_tests::{Host, Json, json, vitals};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use crate::lines::{assert_lines, wait_for};
use crate::scene::Scene;

const THEN: &str = "its effects end, and it restarts in 1 s";

/// What a misdeed of the first process's says, and that the next one strikes the victim that was there before.
#[track_caller]
fn comes_back(misdeed: &str, why: &str, disturb: impl FnOnce(&Scene, &Host)) {
    let mut scene = Scene::new();
    scene.misbehave_isolated(misdeed, true);
    let line = format!("bad: {why}; {THEN}");
    let complaints = scene.play(&[], |host| {
        disturb(&scene, host);
        wait_for(host, &line);
        let again = |line: &Json| line["message"] == "runs again, in a new process";
        let mark = host.log().wait_for("its return", |lines| lines.iter().position(again));
        host.record_after(mark, "a strike of the new process's", |record| {
            record["record"] == "decision" && record["origin"]["instance"]["name"] == "bad"
        });
        assert_eq!(scene.state(), "running");
    });
    assert_lines(&complaints, &[&line]);
}

/// The table of what ends a process, and what is said.
macro_rules! endings {
    ($($name:ident: $misdeed:expr => $why:expr;)*) => {$(
        #[test]
        fn $name() {
            comes_back($misdeed, $why, |scene, host| {
                scene.guest_comes_and_goes(host);
                // Of one that is gone there is none.
                scene.as_operator(&["status"]);
            });
        }
    )*};
}

endings! {
    segfault: "segfault" => "its process was ended by SIGSEGV";
    segfault_in_register: "segfault in register" => "its process was ended by SIGSEGV";
    exit: "exit" => "its process exited with 7";
    exit_in_remove: "exit in remove" => "its process exited with 0";
    exit_on_a_thread_of_its_own: "exit on a thread of its own" => "its process exited with 1";
    abort: "abort" => "its process was ended by SIGABRT";
    abort_in_status: "abort in status" => "its process was ended by SIGABRT";
    abort_with_last_words: "abort with last words" => "its process was ended by SIGABRT: enough of all this";
    panic_while_panicking: "panic while panicking" => "its process was ended by SIGABRT: *";
    stack_overflow: "stack overflow" => "its process overflowed a stack (SIGABRT)";
    endless_memory: "endless memory" => "its process ran out of its 1024 MiB of memory (SIGABRT)";
    hog_in_run: "hog"
        => "its run has kept its thread for 2 s without awaiting anything, and its process was killed";
    hog_in_register: "hog in register" => "its register has not come back for 2 s, and its process was killed";
    hog_in_remove: "hog in remove" => "its remove has not come back for 2 s, and its process was killed";
    hog_in_status: "hog in status" => "its status has not come back for 2 s, and its process was killed";
}

/// A delay of half a minute ends with who asked for it.
#[test]
fn effects_under_way_end_with_their_process() {
    comes_back("abort during a strike", "its process was ended by SIGABRT", |_, host| {
        let outcome = host.record("the outcome of the delay", |record| {
            record["record"] == "outcome" && record["method"] == "delay"
        });
        assert!(outcome["took"].as_f64().unwrap() < 15.0, "{outcome}");
    });
}

/// It is chosen no more, and shown no more.
#[test]
fn a_victim_that_the_next_process_refuses_is_none_of_its_victims() {
    let mut scene = Scene::new();
    scene.misbehave_isolated_and_then("exit", "error in register");
    let exit = format!("bad: its process exited with 7; {THEN}");
    let refusal = "bad: register failed: not web (*); it does without that victim";
    let complaints = scene.play(&[], |host| {
        let again = |line: &Json| line["message"] == "runs again, in a new process";
        host.log().wait_for("its return", |lines| lines.iter().position(again));
        let bad = scene.bad();
        assert_eq!(
            (&bad["state"], &bad["victims"], &bad["errors"]),
            (&json!("running"), &json!(0), &json!(1))
        );
    });
    assert_lines(&complaints, &[&exit, refusal]);
}

/// What whoever started the host left open is none of a plugin's.
#[test]
fn its_process_has_nothing_open_but_what_it_needs() {
    let mut scene = Scene::new();
    scene.leave_a_descriptor_open();
    scene.misbehave_isolated("", false);
    let host = scene.host(&[]);
    let [child] = vitals::children(host.pid())[..] else { panic!("it has no child, or many") };
    let is_open = |pid: i32| {
        let open = fs::read_dir(format!("/proc/{pid}/fd")).unwrap().flatten();
        open.filter_map(|file| fs::read_link(file.path()).ok()).any(|path| path == Path::new("/dev/zero"))
    };
    assert!(is_open(host.pid()) && !is_open(child));
    host.stop();
}

/// Each time it is twice as long until the next try, and the state says so.
#[test]
fn one_that_ends_again_and_again_is_restarted_ever_later() {
    let mut scene = Scene::new();
    scene.misbehave_isolated("exit", false);
    let why = "its process exited with 7";
    let complaints = scene.play(&[], |host| {
        for seconds in [1, 2] {
            wait_for(host, &format!("bad: {why}; its effects end, and it restarts in {seconds} s"));
            assert_eq!(scene.state(), format!("restarting in {seconds} s: {why}"));
        }
    });
    assert_lines(
        &complaints,
        &[&format!("bad: {why}; {THEN}"), &format!("bad: {why}; its effects end, and it restarts in 2 s")],
    );
}

/// Nobody waits for what hogs, and nothing is said of it that is not news.
#[test]
fn a_hog_does_not_keep_the_host_from_stopping() {
    let mut scene = Scene::new();
    scene.misbehave_isolated("hog", false);
    assert_lines(&scene.play(&[], |_| {}), &[]);
}

/// Whatever ends the host, also what it can do nothing about.
#[test]
fn its_process_does_not_outlive_the_host() {
    for misdeed in ["", "hog"] {
        let mut scene = Scene::new();
        scene.misbehave_isolated(misdeed, false);
        let host = scene.host(&[]);
        let children = vitals::children(host.pid());
        let [child] = children[..] else { panic!("its children are {children:?}") };
        let child = pidfd_open(Pid::from_raw(child).unwrap(), PidfdFlags::empty()).unwrap();
        host.kill();
        let patience = Timespec { tv_sec: 30, tv_nsec: 0 };
        assert_eq!(poll(&mut [PollFd::new(&child, PollFlags::IN)], Some(&patience)), Ok(1), "{misdeed}");
    }
}

/// Errors of parameters stand where the file has them.
#[test]
fn what_new_refuses_is_a_problem_of_the_configuration() {
    let mut scene = Scene::new();
    scene.misbehave_isolated("error in new", false);
    let problems = scene.check();
    let [problem] = &*problems else { panic!("{problems:?}") };
    let (place, text) = problem.split_once(": ").unwrap();
    assert!(place.ends_with("/check.toml:9:26"), "{problem}");
    assert!(text.starts_with("`misdeed` of instance `bad` (misbehaving): not this one\n"), "{problem}");
    assert!(text.ends_with(" ^^^^^^^^^^^^^^"), "{problem}");
}

/// What ends it before it is there is a line at the start, as everything else that speaks against it.
#[track_caller]
fn does_not_run(misdeed: &str, why: &str) {
    let mut scene = Scene::new();
    scene.misbehave_isolated(misdeed, false);
    let line =
        format!("instance bad (misbehaving) does not run: {why}: mend the plugin, or leave the instance out");
    assert_lines(&scene.check(), &[&line]);
    let complaints = scene.play(&[], |_| assert_eq!(scene.state(), format!("rejected: {line}")));
    assert_lines(&complaints, &[&line]);
}

#[test]
fn exit_in_new() {
    does_not_run("exit in new", "its process exited with 3");
}

#[test]
fn hog_in_new() {
    does_not_run("hog in new", "its `new` has not come back for 10 s");
}
