//! Who may be whose victim, where there are several users. Who may steer is in the table of hostile peers.

use std::os::unix::process::CommandExt;

use chaos_kitty_bus::Value;
use chaos_kitty_tests::{NOBODY, Nest, Process, Workspace, can_be_nobody, json};

#[test]
fn a_host_of_roots_strikes_other_users_where_its_configuration_says_so() {
    if !can_be_nobody() {
        return;
    }
    let nest = Nest::new();
    let configuration = "version = 1\ninstance = []\n[host]\nother_users = true\n";
    let host = nest.host().configuration(configuration).start();
    let (mut stranger, mut wire) = nest.stranger();
    assert_eq!(wire.register(vec![("process_id", stranger.pid().into())]), Ok(Value::Int(1)));
    let outcome = nest.operator().ask(&["call", "1", "signal", "signal=TERM"]);
    assert_eq!(outcome["observed"]["fate"], json!("exited"));
    assert_eq!(stranger.exit_code(), 128 + 15);
    host.stop();
}

#[test]
fn a_worker_and_an_operator_stay_away_from_a_strangers_host() {
    if !can_be_nobody() {
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
