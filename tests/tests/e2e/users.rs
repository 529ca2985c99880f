//! Who may steer whom: the daemon's own user and root, and nobody else.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;

use chaos_kitty_bus::{Request, Value};
use chaos_kitty_tests::{Nest, Process, RubyWorker, Workspace, json};

/// A user that is not ours, and owns nothing.
pub(crate) const NOBODY: u32 = 65534;

/// Only root can be somebody else.
pub(crate) fn is_root() -> bool {
    let root = chaos_kitty_tests::vitals::own_user() == 0;
    if !root {
        eprintln!("skipped: only root can start processes of another user's");
    }
    root
}

#[test]
fn a_stranger_may_look_and_may_not_steer() {
    if !is_root() {
        return;
    }
    let nest = Nest::new();
    let relay = nest.for_everyone("chaos-kitty-test-relay");
    let host = nest.quiet_host();
    let _web = nest.victim("web").idle().start();
    host.registered("web");
    std::fs::set_permissions(nest.socket(), std::fs::Permissions::from_mode(0o666)).unwrap();
    let mut command = nest.command(relay);
    let (stranger, mut wire) = RubyWorker::relay_by(command.arg(nest.socket()).uid(NOBODY).gid(NOBODY));

    assert_eq!(wire.call("chaos", Request::new("keys")), Ok(Value::from(vec![1])));
    wire.call("chaos", Request::new("status")).unwrap();
    for request in [
        Request::new("[]").argument(1),
        Request::new("pause"),
        Request::new("resume"),
        Request::new("overview"),
        Request::new("victims"),
        Request::new("operations"),
        Request::new("strike").argument(1).argument("delay"),
        Request::new("watch"),
    ] {
        let method = request.method.to_string();
        let refusal = wire.call("chaos", request).unwrap_err();
        assert_eq!(refusal.class, "RuntimeError", "{method}");
        let words = format!("user {NOBODY} may not steer this host");
        assert!(refusal.message.contains(&words), "{method}: {}", refusal.message);
    }
    assert_eq!(nest.operator().ask(&["status"])["host"]["paused"], false);

    // Nor is it a victim of root's, unless the configuration says so.
    let refusal = wire.register(vec![("process_id", stranger.pid().into())]).unwrap_err();
    assert!(refusal.message.contains("other_users = true"), "{}", refusal.message);
    host.stop();
}

#[test]
fn a_host_of_roots_strikes_other_users_where_its_configuration_says_so() {
    if !is_root() {
        return;
    }
    let nest = Nest::new();
    let relay = nest.for_everyone("chaos-kitty-test-relay");
    let configuration = "version = 1\ninstance = []\n[host]\nother_users = true\n";
    let host = nest.host().configuration(configuration).start();
    std::fs::set_permissions(nest.socket(), std::fs::Permissions::from_mode(0o666)).unwrap();
    let mut command = nest.command(relay);
    let (mut stranger, mut wire) = RubyWorker::relay_by(command.arg(nest.socket()).uid(NOBODY).gid(NOBODY));
    assert_eq!(wire.register(vec![("process_id", stranger.pid().into())]), Ok(Value::Int(1)));
    let outcome = nest.operator().ask(&["call", "1", "signal", "signal=TERM"]);
    assert_eq!(outcome["observed"]["fate"], json!("exited"));
    assert_eq!(stranger.exit_code(), 128 + 15);
    host.stop();
}

#[test]
fn a_worker_and_an_operator_stay_away_from_a_strangers_host() {
    if !is_root() {
        return;
    }
    let nest = Nest::new();
    let program = nest.for_everyone("chaos-kitty");
    nest.give_to(NOBODY);
    let host =
        nest.host().configuration("version = 1\ninstance = []\n").program(program).user(NOBODY).start();
    let mut command = nest.command(Workspace::built().worker());
    command.args(["demo-work", "--name", "orders", "--socket"]).arg(nest.socket());
    let worker = Process::start("the worker", &mut command);
    worker.complained().wait("why it stays away", |line| {
        let line = line.as_str().unwrap_or_default();
        line.contains(&format!("of uid {NOBODY}")) && line.contains("staying away")
    });
    worker.said().wait("that the application works", |line| line["work_done"].as_u64() > Some(0));
    // As its own user, the host is asked who is there.
    let mut keys = nest.operator().command();
    keys.args(["--json", "victims"]).uid(NOBODY).gid(NOBODY);
    // The operator's program may not be within that user's reach, its host's is.
    let mut keys = rebuilt(&nest, keys);
    let mut keys = Process::start("its own operator", &mut keys);
    assert_eq!(keys.exit_code(), 0, "{}", keys.complained().shown());
    assert_eq!(keys.said().to_its_end(), [json!([])]);
    host.stop();
}

/// The same command from the copy that everyone may run.
fn rebuilt(nest: &Nest, command: std::process::Command) -> std::process::Command {
    let mut copy = nest.command(nest.path().join("chaos-kitty"));
    copy.args(command.get_args()).arg("--socket").arg(nest.socket()).uid(NOBODY).gid(NOBODY);
    copy
}
