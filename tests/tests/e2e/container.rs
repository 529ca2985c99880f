//! A worker in a pid namespace of its own: it says that it is process 1, and is right about itself.

use std::process::Command;

use chaos_kitty_tests::{Nest, json};

/// Whether the kernel lets us make a pid namespace; why not is printed.
fn namespaces() -> bool {
    let made = Command::new("unshare").args(["--pid", "--fork", "--mount-proc", "true"]).output();
    match made {
        Ok(output) if output.status.success() => true,
        Ok(output) => {
            eprintln!("skipped, no pid namespace: {}", String::from_utf8_lossy(&output.stderr));
            false
        }
        Err(error) => {
            eprintln!("skipped, no `unshare`: {error}");
            false
        }
    }
}

#[test]
fn a_containers_worker_is_process_1_to_itself_and_is_struck_rightly() {
    if !namespaces() {
        return;
    }
    let nest = Nest::new();
    let host = nest.quiet_host();
    let boxed = nest.victim("boxed").in_a_container().start();
    assert_eq!(boxed.pid(), 1, "it sees itself as the first");
    let registered = host.registered("boxed");
    assert!(registered.pid > 1, "the host knows better: {registered:?}");

    let signal = nest.operator().ask(&["call", "boxed", "signal", "signal=USR1"]);
    assert_eq!(
        (&signal["observed"]["fate"], &signal["victim"]["pid"]),
        (&json!("caught"), &json!(registered.pid))
    );
    boxed.event("signal", |_| true);

    let delay = nest.operator().run(&["call", "boxed", "delay", "duration=200ms"]);
    assert_eq!(delay.code, 0, "{delay:?}");
    boxed.event("held", |_| true);

    // The init of a namespace is spared signals that it does not handle; KILL it is not.
    let spared = nest.operator().ask(&["call", "boxed", "signal", "signal=TERM"]);
    assert_eq!(spared["observed"]["fate"], "accepted", "{spared}");
    let killed = nest.operator().ask(&["call", "boxed", "signal", "signal=KILL"]);
    assert_eq!((&killed["observed"]["fate"], &killed["verdict"]), (&json!("exited"), &json!("effective")));
    host.left(registered.id);
    host.stop();
}
