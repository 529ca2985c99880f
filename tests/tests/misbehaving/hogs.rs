//! Entries that never come back. The host names each once, goes on, and ends without waiting for it.

use crate::lines::{assert_lines, wait_for};
use crate::scene::Scene;

const NOBODY_WAITS: &str = "nothing else waits for it";

/// The table of where it hogs, what is said, and how it is then.
macro_rules! hogs {
    ($($name:ident: $misdeed:expr => $line:expr, $state:expr;)*) => {$(
        #[test]
        fn $name() {
            let mut scene = Scene::new();
            scene.misbehave($misdeed);
            let line: &str = &$line.replace("{NOBODY_WAITS}", NOBODY_WAITS);
            let complaints = scene.play(&[], |host| {
                scene.guest_comes_and_goes(host);
                // Asked for twice: one that is stuck is not asked again.
                scene.as_operator(&["status"]);
                wait_for(host, line);
                scene.as_operator(&["status"]);
                assert_eq!(scene.state(), $state);
            });
            assert_lines(&complaints, &[line]);
        }
    )*};
}

hogs! {
    hog_in_run: "hog"
        => "bad: stuck: its run has kept its thread for 2 s without awaiting anything; it harms no other (chaos-kitty operations reload bad replaces it)",
        "stuck: its run has kept its thread for 2 s without awaiting anything";
    hog_in_register: "hog in register"
        => "bad: stuck: its register has not come back for 2 s; {NOBODY_WAITS}",
        "stuck: its register has not come back for 2 s";
    hog_in_remove: "hog in remove"
        => "bad: stuck: its remove has not come back for 2 s; {NOBODY_WAITS}",
        "stuck: its remove has not come back for 2 s";
    hog_in_status: "hog in status"
        => "bad: stuck: its status has not come back for 2 s; {NOBODY_WAITS}",
        "stuck: its status has not come back for 2 s";
    hog_in_new: "hog in new"
        => "instance bad (misbehaving) does not run: its `new` has not come back for 10 s: mend the plugin, or leave the instance out",
        "rejected: instance bad (misbehaving) does not run: its `new` has not come back for 10 s: mend the plugin, or leave the instance out";
}
