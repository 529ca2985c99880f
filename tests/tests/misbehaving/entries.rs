//! Panics and errors in every entry into a plugin.

use crate::lines::{assert_lines, wait_for};
use crate::scene::Scene;

const AT: &str = "panicked at tests/plugins/misbehaving/src/lib.rs:*";
const OVER: &str = "it strikes no more until it is reloaded (chaos-kitty operations reload bad)";

/// Plays a misdeed through every entry: victims come and go, and the status is asked for. The lines are all there are,
/// and the state is what `operations` says. In a process of its own it is the same.
#[track_caller]
fn costs_itself_alone(isolated: bool, misdeed: &str, lines: &[&str], state: &str) {
    let lines: Vec<_> = lines.iter().map(|line| line.replace("{AT}", AT).replace("{OVER}", OVER)).collect();
    let lines: Vec<_> = lines.iter().map(String::as_str).collect();
    let mut scene = Scene::new();
    scene.misbehave_there(isolated, misdeed);
    let complaints = scene.play(&[], |host| {
        scene.as_operator(&["status"]);
        scene.guest_comes_and_goes(host);
        lines.iter().for_each(|line| wait_for(host, line));
        assert_lines(&[scene.state()], &[&state.replace("{AT}", AT)]);
    });
    assert_lines(&complaints, &lines);
}

/// The table of misdeeds: which, what is said, and how it is then.
macro_rules! entries {
    ($($name:ident: $misdeed:expr => [$($line:expr),*], $state:expr;)*) => {
        $(
            #[test]
            fn $name() {
                costs_itself_alone(false, $misdeed, &[$($line),*], $state);
            }
        )*

        mod isolated {
            use super::costs_itself_alone;

            $(
                #[test]
                fn $name() {
                    costs_itself_alone(true, $misdeed, &[$($line),*], $state);
                }
            )*
        }
    };
}

entries! {
    panic_in_new: "panic in new"
        => ["instance bad (misbehaving) does not run: {AT}: on purpose: mend the plugin, or leave the instance out"],
        "rejected: instance bad (misbehaving) does not run: {AT}: on purpose: mend the plugin, or leave the instance out";
    panic_in_register: "panic in register"
        => ["bad: retired: {AT}: on purpose; {OVER}"], "retired: {AT}: on purpose";
    panic_in_remove: "panic in remove"
        => ["bad: retired: {AT}: on purpose; {OVER}"], "retired: {AT}: on purpose";
    panic_in_status: "panic in status"
        => ["bad: retired: {AT}: on purpose; {OVER}"], "retired: {AT}: on purpose";
    panic_in_run: "panic in run"
        => ["bad: retired: {AT}: on purpose, in run; {OVER}"], "retired: {AT}: on purpose, in run";
    panic_before_its_first_await: "panic at once"
        => ["bad: retired: {AT}: on purpose; {OVER}"], "retired: {AT}: on purpose";
    panic_without_a_text: "panic with no text"
        => ["bad: retired: {AT}: a panic without a message; {OVER}"], "retired: {AT}: a panic without a message";
    panic_with_a_page: "panic with a page"
        => ["bad: retired: {AT}: on purpose on purpose *… (720896 bytes); {OVER}"], "retired: {AT}: on purpose on *";
    panic_while_the_run_is_dropped: "panic in status and when dropped"
        => ["bad: retired: {AT}: on purpose; {OVER}",
            "bad: dropping the operation's run {AT}: the run on purpose"],
        "retired: {AT}: on purpose";
    panic_while_it_is_dropped: "end, and panic in drop"
        => ["bad: retired: its run ended; {OVER}", "bad: dropping the operation {AT}: on purpose"],
        "retired: its run ended";
    panic_on_a_thread_of_its_own: "thread that panics"
        => ["bad: a thread of the plugin's own {AT}: on its own"], "running";
    error_in_run: "error"
        => ["bad: retired: its run ended with an error: enough of this; {OVER}"],
        "retired: its run ended with an error: enough of this";
    error_in_register: "error in register"
        => ["bad: register failed: not web (*); it does without that victim",
            "bad: register failed: not guest (*); it does without that victim"],
        "running";
    error_in_remove: "error in remove"
        => ["bad: remove failed: will not let go"], "running";
}
