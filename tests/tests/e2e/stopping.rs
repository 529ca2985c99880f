//! SIGTERM and SIGINT: operations stop, effects end, nothing is left.

use chaos_kitty_tests::{Nest, PATIENCE, Process, Signal, Workspace, comes_true};

const WITH_A_HOG: &str = "version = 1\n\
    [[instance]]\noperation = \"misbehaving\"\nname = \"hog\"\nparameters = { misdeed = \"hog\", until = \"/no/such/file\" }\n\
    [[instance]]\noperation = \"misbehaving\"\nname = \"bomb\"\nparameters = { misdeed = \"panic when dropped\" }\n\
    [[instance]]\noperation = \"hairball\"\nparameters = { interval = \"1h\" }\n";

fn stops_by(signal: Signal) {
    let nest = Nest::new();
    let host = nest.host().configuration(WITH_A_HOG).start();
    let mut web = nest.victim("web").start();
    host.registered("web");
    host.wait("that one hogs its thread", |line| {
        line["instance"] == "hog" && line["message"].as_str().is_some_and(|text| text.starts_with("stuck: "))
    });
    let mut call = nest.operator().start(&["--json", "call", "web", "delay", "duration=600"]);
    web.event("held", |_| true);
    let mut watch = nest.operator().start(&["--json", "watch"]);
    watch.said().wait("that it watches", |line| line["record"] == "watching");
    let log = host.log().clone();
    host.stop_by(signal);
    web.event("released", |_| true);
    let ended = log.wait("what came of the delay", |line| line["record"]["record"] == "outcome");
    assert_eq!(ended["record"]["verdict"], "partial", "it was ended, and that is what is written: {ended}");
    assert_eq!(call.exit_code(), 0, "the operator gets what came of it: {}", call.complained().shown());
    assert_eq!(watch.exit_code(), 0, "who watches is told that it is over: {}", watch.complained().shown());
    web.goes_on();
}

#[test]
fn sigterm_ends_effects_and_leaves_nothing_also_with_an_operation_that_hogs_its_thread() {
    stops_by(Signal::TERM);
}

#[test]
fn sigint_does_the_same() {
    stops_by(Signal::INT);
}

#[test]
fn a_host_that_strikes_all_the_time_stops_too() {
    let nest = Nest::new();
    let configuration = "version = 1\n[[instance]]\noperation = \"yowl\"\n\
                         parameters = { interval = \"1ms\", probability = 1 }\n\
                         [[instance]]\noperation = \"zoomies\"\n\
                         parameters = { interval = \"1ms\", probability = 1, min_duration = 5, max_duration = 5 }\n";
    let host = nest.host().configuration(configuration).start();
    let mut web = nest.victim("web").start();
    host.strikes("web", "raise_error");
    host.strikes("web", "cpu_spin");
    host.stop();
    let hits = web.report()["hits"].as_u64();
    assert!(comes_true(PATIENCE, || web.report()["hits"].as_u64() > hits), "the victim works on");
}

#[test]
fn a_host_whose_log_nobody_reads_any_more_works_and_stops_as_ever() {
    let nest = Nest::new();
    let mut command = nest.command(Workspace::built().host());
    command.arg("--socket").arg(nest.socket()).args(["serve", "--config"]);
    command.arg(nest.file("chaos.toml", "version = 1\ninstance = []\n"));
    let mut host = Process::start_unheard("a host without a log", &mut command);
    let operator = nest.operator();
    operator.until("it serves", || operator.run(&["status"]).code == 0);
    let web = nest.victim("web").start();
    operator.until("the victim is there", || operator.ask(&["victims"])[0]["name"] == "web");
    let delay = nest.operator().ask(&["call", "web", "delay", "duration=500ms"]);
    assert_eq!(delay["verdict"], "effective", "{delay}");
    web.event("held", |_| true);
    host.signal(Signal::TERM);
    assert_eq!(host.exit_code(), 0);
    assert!(!nest.socket().exists());
}
