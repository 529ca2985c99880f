//! The host is killed, and comes back: its victims work on, and are there again.

use chaos_kitty_tests::Nest;

#[test]
fn a_victim_that_is_held_is_let_go_when_the_host_is_killed_and_comes_back_by_its_name() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let mut web = nest.victim("web").label("tier", "front").start();
    host.registered("web");
    let call = nest.operator().start(&["call", "web", "delay", "duration=600"]);
    web.event("held", |_| true);
    host.kill();
    web.event("released", |_| true);
    web.goes_on();
    drop(call);

    assert!(nest.socket().exists(), "who is killed takes nothing with it");
    let host = nest.quiet_host();
    let back = host.registered(web.pid());
    assert_eq!((&*back.name, back.id), ("web", 1));
    let victims = nest.operator().ask(&["victims"]);
    assert_eq!(victims[0]["labels"]["tier"], "front");
    let outcome = nest.operator().ask(&["call", "web", "raise_error", "message=again"]);
    assert_eq!(outcome["verdict"], "effective");
    web.event("error", |error| error["message"] == "again");
    drop(host);
}

#[test]
fn memory_is_given_back_when_the_host_is_killed() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let mut web = nest.victim("web").start();
    host.registered("web");
    let _call = nest.operator().start(&["call", "web", "allocate_memory", "size_mb=64", "hold_duration=600"]);
    web.log().wait_for("most of 64 MiB more", |lines| {
        let grown =
            |line: &&chaos_kitty_tests::Json| line["event"] == "grown" && line["to"].as_f64() >= Some(56.0);
        lines.iter().find(grown).cloned()
    });
    host.kill();
    web.log().wait_for("most of 64 MiB less", |lines| {
        let shrunk =
            |line: &&chaos_kitty_tests::Json| line["event"] == "shrunk" && line["to"].as_f64() < Some(48.0);
        lines.iter().find(shrunk).cloned()
    });
    assert!(web.report()["resident_mb"].as_f64() < Some(48.0));
    let host = nest.quiet_host();
    assert_eq!(host.registered(web.pid()).name, "web");
    drop(host);
}

#[test]
fn a_wrapped_program_outlives_the_host_and_is_there_again() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let mut command = nest.command(chaos_kitty_tests::Workspace::built().worker());
    command.arg("--socket").arg(nest.socket()).args(["--name", "job", "--", "sh", "-c", "echo $$; read end"]);
    let mut wrapper = chaos_kitty_tests::Process::start("the wrapper", &mut command);
    let program = wrapper.said().wait("its pid", |line| line.is_number());
    assert_eq!(host.registered("job").pid, i32::try_from(program.as_i64().unwrap()).unwrap());
    host.kill();
    let host = nest.quiet_host();
    assert_eq!(host.registered("job").pid, i32::try_from(program.as_i64().unwrap()).unwrap());
    wrapper.tell("now");
    assert_eq!(wrapper.exit_code(), 0);
    drop(host);
}
