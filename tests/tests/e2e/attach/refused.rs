//! Who may not be attached, and why.

use std::os::unix::process::CommandExt;

use chaos_kitty_bus::{Request, Value};
use chaos_kitty_tests::{
    NOBODY, Nest, Process, Signal, Wire, can_be_nobody, descriptors, json, skipped, vitals,
};
use rustix::process::{Pid, kill_process};

use super::{ECHOES, attach, attendant, host_and, steered};

#[track_caller]
fn refused(nest: &Nest, pid: i32, why: &str) {
    let before = nest.operator().ask(&["victims"]).as_array().unwrap().len();
    let answer = nest.operator().run(&["attach", &pid.to_string()]);
    assert!(answer.code == 1 && answer.error.contains(why), "{pid}: {answer:?}, and not {why}");
    assert_eq!(nest.operator().ask(&["victims"]).as_array().unwrap().len(), before);
    let journal = steered(nest, "attach");
    assert!(journal["objections"][0].as_str().unwrap().contains(why), "{journal}");
}

#[test]
fn init_the_host_and_whoever_started_it_are_never_attached() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    refused(&nest, 1, "init of this system");
    refused(&nest, host.pid(), "the host itself");
    refused(&nest, std::process::id().cast_signed(), "started the host");
    if vitals::name(2).as_deref() == Some("kthreadd") {
        refused(&nest, 2, "thread of the kernel's");
    } else {
        skipped("no thread of the kernel's can be seen here");
    }
    host.stop();
}

#[test]
fn what_cannot_be_looked_at_is_not_said_to_be_nobody() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let target = nest.target(ECHOES);
    let mut wire = Wire::connect(host.socket());
    // It is accepted now.
    assert_eq!(wire.call("chaos", Request::new("keys")), Ok(Value::Array(vec![])));
    descriptors::leave_none(host.pid());
    for (way, value) in [
        ("pid", Value::from(target.pid())),
        ("executable", "/bin/sh".into()),
        ("port", 1.into()),
        ("unit", "a".into()),
    ] {
        let refusal = wire.call("chaos", Request::new("attach").option(way, value)).unwrap_err();
        assert!(refusal.message.contains("Too many open files"), "{way}: {refusal:?}");
    }
    descriptors::leave_many(host.pid());
    host.stop();
}

#[test]
fn a_victim_is_none_for_the_second_time_whatever_it_is() {
    let nest = Nest::new();
    let (host, target) = host_and(&nest, ECHOES);
    refused(&nest, target.pid(), "is a victim already: target (id 1, attached)");
    let linked = nest.victim("linked").start();
    host.registered("linked");
    refused(&nest, linked.pid(), "is a victim already: linked (id 2, linked)");
    let mut job = nest.job("job").start("read end; exit 5");
    host.registered("job");
    refused(&nest, job.pid(), "is a victim already: job (id 3, wrapped)");
    assert_eq!(job.end(), 5);
    host.stop();
}

#[test]
fn who_is_attached_while_its_worker_is_away_is_no_victim_twice() {
    let nest = Nest::new();
    let linked = nest.victim("linked").start();
    let pid = linked.pid();
    let send = |signal| kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
    // It cannot find the host before it is attached.
    send(Signal::STOP);
    nest.operator().until("it is stopped", || vitals::is_stopped(pid));
    let host = nest.quiet_host();
    nest.operator().ask(&["attach", &pid.to_string(), "--name", "target"]);
    send(Signal::CONT);
    let why = format!("process {pid} is a victim already, attached as target (id 1)");
    host.wait("that it may not register", |line| line.to_string().contains(&why));
    let victims = nest.operator().ask(&["victims"]);
    assert_eq!((victims.as_array().unwrap().len(), &victims[0]["kind"]), (1, &json!("attached")));
    let journal = steered(&nest, "register");
    assert_eq!(journal["argument"], "linked");
    assert!(journal["objections"][0].as_str().unwrap().contains(&why), "{journal}");
    // Once it is detached, it is there as what it is.
    nest.operator().ask(&["detach", "target"]);
    assert_eq!(host.registered("linked").id, 2);
    host.stop();
}

#[test]
fn what_puts_things_back_is_never_attached() {
    let nest = Nest::new();
    let (host, target) = host_and(&nest, ECHOES);
    let (attendant, guard) = attendant(&host, target.pid());
    let mut job = nest.job("job").start("read end; exit 5");
    host.registered("job");
    for ours in [attendant, guard, job.wrapper().pid(), job.guard()] {
        refused(&nest, ours, "one of Chaos Kitty's own");
    }
    assert_eq!(job.end(), 5);
    host.stop();
}

#[test]
fn who_has_exited_is_nobody() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let mut target = nest.target(ECHOES);
    // Nobody has waited for it: there is such a pid.
    target.process().close_input();
    let pid = target.pid();
    nest.operator().until("it has exited", || vitals::is_zombie(pid));
    refused(&nest, pid, "there is no process");
    host.stop();
}

#[test]
fn of_a_thread_its_process_is_told() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let linked = nest.victim("linked").start();
    host.registered("linked");
    let threads = std::fs::read_dir(format!("/proc/{}/task", linked.pid())).unwrap().flatten();
    let threads = threads.filter_map(|thread| thread.file_name().to_str()?.parse::<i32>().ok());
    let thread = threads.into_iter().find(|thread| *thread != linked.pid()).expect("it has more than one");
    refused(&nest, thread, &format!("{thread} is a thread of process {}", linked.pid()));
    host.stop();
}

#[test]
fn another_users_process_is_roots_to_attach_where_the_configuration_says_so() {
    if !can_be_nobody() {
        return;
    }
    let nest = Nest::new();
    let mut command = nest.command("sleep");
    // In a group of its own, as every target.
    command.arg("600").current_dir("/").uid(NOBODY).gid(NOBODY).process_group(0);
    let stranger = Process::start("somebody else's", &mut command);
    let host = nest.quiet_host();
    refused(&nest, stranger.pid(), "`other_users = true` under [host]");
    host.stop();
    let configuration = "version = 1\ninstance = []\n[host]\nother_users = true\n";
    let host = nest.host().configuration(configuration).start();
    nest.operator().ask(&["attach", &stranger.pid().to_string(), "--name", "target"]);
    let outcome = nest.operator().ask(&["call", "target", "freeze", "duration=1"]);
    assert_eq!(outcome["verdict"], "effective", "{outcome}");
    host.stop();
}

#[test]
fn without_a_worker_beside_the_host_it_is_said_what_is_missing() {
    let nest = Nest::new();
    let host = nest.host().configuration("version = 1\ninstance = []\n").program(nest.lone_host()).start();
    let target = nest.target(ECHOES);
    let answer = nest.operator().run(&["attach", &target.pid().to_string()]);
    let missing = nest.lone_host().with_file_name("chaos-kitty-worker");
    assert!(answer.code == 1 && answer.error.contains(missing.to_str().unwrap()), "{answer:?}");
    host.stop();
}

#[test]
fn of_two_operators_at_once_one_attaches_it() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let target = nest.target(ECHOES);
    let pid = target.pid().to_string();
    let mut both = [0, 1].map(|_| nest.operator().start(&["attach", &pid]));
    let mut codes = both.each_mut().map(Process::exit_code);
    codes.sort_unstable();
    assert_eq!(codes, [0, 1]);
    assert_eq!(nest.operator().ask(&["victims"]).as_array().unwrap().len(), 1);
    host.stop();
    let host = nest.quiet_host();
    attach(&nest, &target);
    host.stop();
}
