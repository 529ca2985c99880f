//! What would end the host ends a process of its own: it is one line, its effects end, and it comes back.

use chaos_kitty_tests::Host;

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
        let again = |line: &chaos_kitty_tests::Json| line["message"] == "runs again, in a new process";
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

/// What ends it before it is there is a line at the start, as everything else that speaks against it.
#[track_caller]
fn does_not_run(misdeed: &str, why: &str) {
    let mut scene = Scene::new();
    scene.misbehave_isolated(misdeed, false);
    let line = format!("instance bad (misbehaving) does not run: {why}: mend the plugin, or leave the instance out");
    assert_lines(&scene.check(), &[&line]);
    let complaints = scene.play(&[], |_| assert_eq!(scene.state(), "not there"));
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
