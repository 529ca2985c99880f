//! A worker in a pid namespace of its own: it says that it is process 1, and is right about itself.

use chaos_kitty_tests::{Nest, json};

#[test]
fn a_containers_worker_is_process_1_to_itself_and_is_struck_rightly() {
    let nest = Nest::new();
    let Some(boxed) = nest.victim("boxed").in_a_container() else { return };
    let host = nest.quiet_host();
    let boxed = boxed.start();
    assert_eq!(boxed.pid(), 1, "it sees itself as the first");
    let registered = host.registered("boxed");
    assert!(registered.pid > 1, "the host knows better: {registered:?}");

    let signal = nest.operator().ask(&["call", "boxed", "signal", "signal=USR1"]);
    assert_eq!(
        (&signal["observed"]["fate"], &signal["victim"]["pid"]),
        (&json!("caught"), &json!(registered.pid))
    );
    boxed.event("signal", |_| true);

    let delay = nest.operator().run(&["call", "boxed", "delay", "duration=1s"]);
    assert_eq!(delay.code, 0, "{delay:?}");
    boxed.event("held", |_| true);

    // The init of a namespace is spared signals that it does not handle; KILL it is not.
    let spared = nest.operator().run(&["call", "boxed", "signal", "signal=TERM"]);
    assert_eq!(spared.code, 1, "{spared:?}");
    assert!(
        spared.text.contains("observed  fate ignored") && spared.text.contains("verdict   none"),
        "{spared:?}"
    );
    let killed = nest.operator().ask(&["call", "boxed", "signal", "signal=KILL"]);
    assert_eq!((&killed["observed"]["fate"], &killed["verdict"]), (&json!("exited"), &json!("effective")));
    host.left(registered.id);
    host.stop();
}
