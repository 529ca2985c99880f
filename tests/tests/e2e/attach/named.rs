//! The ways to name a process: by pid, executable or port; and of more than one never a guess.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use chaos_kitty_tests::{
    ControlGroup, Json, NOBODY, Nest, Process, Signal, Workspace, can_be_nobody, json, skipped,
};
use rustix::net::{AddressFamily, SocketType, bind, getsockname, socket};
use rustix::process::{Pid, kill_process};

use super::{ECHOES, attach, steered};

/// A child that ends with the test, and has this for its standard input.
pub(super) struct Sleeper(pub(super) Child);

impl Sleeper {
    fn with(input: OwnedFd) -> Self {
        Self(Command::new("sleep").arg("600").stdin(input).spawn().unwrap())
    }

    pub(super) fn pid(&self) -> i32 {
        self.0.id().cast_signed()
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A port that nobody listens on, and that nobody else is given as long as this socket has it.
fn unheard_port() -> (OwnedFd, String) {
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    bind(&socket, &SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let address = SocketAddr::try_from(getsockname(&socket).unwrap()).unwrap();
    (socket, address.port().to_string())
}

/// A heart that beats, with a child of its own, from this file.
fn heart(nest: &Nest, program: &Path) -> (Process, i32) {
    let beats = nest.file("beats", [0; 24]);
    let heart = Process::start("the heart", nest.command(program).arg(beats).arg("stays"));
    let pid = heart.said().wait("its pid", Json::is_number).as_i64().unwrap();
    (heart, i32::try_from(pid).unwrap())
}

/// The one that was attached in this way.
#[track_caller]
pub(super) fn attached(nest: &Nest, way: &[&str]) -> i64 {
    let victim = nest.operator().ask(&[&["attach"], way].concat());
    assert_eq!(victim["kind"], "attached", "{victim}");
    nest.operator().ask(&["detach", &victim["id"].to_string()]);
    victim["pid"].as_i64().unwrap()
}

/// The question that is asked instead of a guess, with the pids that it is about.
#[track_caller]
pub(super) fn question(nest: &Nest, way: &[&str]) -> (String, Vec<i64>) {
    let answer = nest.operator().run(&[&["--json", "attach"], way].concat());
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(answer.error.contains("nothing was attached: give the pid of one"), "{answer:?}");
    assert_eq!(nest.operator().ask(&["victims"]), json!([]), "nobody was guessed");
    let candidates = answer.json()["candidates"].as_array().unwrap().clone();
    for candidate in &candidates {
        for what in ["user", "command"] {
            assert!(candidate[what].as_str().is_some_and(|text| answer.error.contains(text)), "{answer:?}");
        }
    }
    (answer.error, candidates.iter().map(|candidate| candidate["pid"].as_i64().unwrap()).collect())
}

#[test]
fn by_its_pid_with_the_name_and_the_labels_that_were_given() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let mut target = nest.target(ECHOES);
    let pid = target.pid().to_string();
    let operator = nest.operator();
    let victim =
        operator.ask(&["attach", &pid, "--name", "shop", "--label", "tier=api", "--label", "zone=a"]);
    assert_eq!((&victim["name"], &victim["kind"]), (&json!("shop"), &json!("attached")));
    assert_eq!(victim["labels"], json!({"tier": "api", "zone": "a"}));
    assert_eq!(victim["methods"], json!(["freeze", "delay", "allocate_memory", "cpu_spin", "signal"]));
    let listed = operator.ask(&["victims"]);
    assert_eq!(
        (&listed[0]["id"], &listed[0]["pid"], &listed[0]["proven"]),
        (&victim["id"], &json!(target.pid()), &json!(true))
    );
    assert!(operator.run(&["victims"]).text.contains("attached"));
    let journal = steered(&nest, "attach");
    assert_eq!((&journal["argument"], &journal["objections"]), (&json!(format!("pid {pid}")), &Json::Null));
    target.echoes("unharmed");
    assert_eq!(target.end(), 5);
    host.left(1);
    host.stop();
}

#[test]
fn without_a_name_it_has_that_of_its_process() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let target = nest.target(ECHOES);
    let said = nest.operator().run(&["attach", &target.pid().to_string()]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(
        said.text.starts_with("sh (id 1, pid ") && said.text.contains("chaos-kitty detach sh"),
        "{said:?}"
    );
    host.stop();
}

#[test]
fn by_its_executable_also_where_that_was_replaced() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let program = nest.path().join("heart");
    std::fs::copy(Workspace::built().program("chaos-kitty-test-heart"), &program).unwrap();
    let (mut one, pid) = heart(&nest, &program);
    let path = program.to_str().unwrap();
    // It has a child that runs the same: the ancestor of all others is meant.
    assert_eq!(attached(&nest, &["--executable", path]), i64::from(pid));
    assert_eq!(attached(&nest, &["--executable", "./heart"]), i64::from(pid), "from where the operator is");
    let link = nest.path().join("link");
    std::os::unix::fs::symlink(&program, &link).unwrap();
    assert_eq!(attached(&nest, &["--executable", link.to_str().unwrap()]), i64::from(pid));
    let part = nest.operator().run(&["attach", "--executable", nest.path().join("hear").to_str().unwrap()]);
    assert_eq!(part.code, 1, "a part of a name is none: {part:?}");
    std::fs::remove_file(&program).unwrap();
    assert_eq!(attached(&nest, &["--executable", path]), i64::from(pid), "as after an upgrade");
    one.close_input();
    one.exit_code();
    host.stop();
}

#[test]
fn more_than_one_match_is_a_question_and_never_a_guess() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let program = nest.path().join("heart");
    std::fs::copy(Workspace::built().program("chaos-kitty-test-heart"), &program).unwrap();
    let (_one, first) = heart(&nest, &program);
    let (_other, second) = heart(&nest, &program);
    let (shown, pids) = question(&nest, &["--executable", program.to_str().unwrap()]);
    for pid in [first, second] {
        assert!(pids.contains(&i64::from(pid)) && shown.contains(&pid.to_string()), "{shown}");
    }
    let journal = steered(&nest, "attach");
    assert!(
        journal["objections"][0].as_str().unwrap().contains("several processes are meant, and "),
        "{journal}"
    );
    host.stop();
}

#[test]
fn whom_nobody_could_attach_is_not_asked_about() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let program = nest.path().join("heart");
    std::fs::copy(Workspace::built().program("chaos-kitty-test-heart"), &program).unwrap();
    let path = program.to_str().unwrap();
    let (_one, first) = heart(&nest, &program);
    nest.operator().ask(&["attach", &first.to_string(), "--name", "target"]);
    let (_other, second) = heart(&nest, &program);
    let answer = nest.operator().run(&["--json", "attach", "--executable", path]);
    assert_eq!(answer.code, 1, "{answer:?}");
    let pids: Vec<i64> = answer.json()["candidates"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["pid"].as_i64())
        .collect();
    assert!(
        !pids.contains(&i64::from(first)) && pids.contains(&i64::from(second)),
        "{first}, {second}: {answer:?}"
    );

    // All that run our own worker are ours.
    let mut jobs = ["one", "two"].map(|name| nest.job(name).start("read end; exit 5"));
    ["one", "two"].iter().for_each(|name| drop(host.registered(*name)));
    let worker = Workspace::built().program("chaos-kitty-worker").to_str().unwrap();
    let answer = nest.operator().run(&["attach", "--executable", worker]);
    assert_eq!((answer.code, &*answer.text), (1, ""), "{answer:?}");
    for words in ["none of them can be attached", "one of Chaos Kitty's own"] {
        assert!(answer.error.contains(words), "{answer:?}");
    }
    for job in &mut jobs {
        assert_eq!(job.end(), 5);
    }
    host.stop();
}

#[test]
fn by_the_port_that_it_listens_on() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    for address in ["127.0.0.1:0", "[::1]:0"] {
        let Ok(listener) = TcpListener::bind(address) else {
            skipped(format_args!("{address} cannot be bound here"));
            continue;
        };
        let port = listener.local_addr().unwrap().port().to_string();
        let sleeper = Sleeper::with(listener.into());
        assert_eq!(attached(&nest, &["--port", &port]), i64::from(sleeper.pid()), "tcp {address}");
        let socket = UdpSocket::bind(address).unwrap();
        let port = socket.local_addr().unwrap().port().to_string();
        let sleeper = Sleeper::with(socket.into());
        assert_eq!(attached(&nest, &["--port", &port]), i64::from(sleeper.pid()), "udp {address}");
    }
    host.stop();
}

#[test]
fn of_a_port_that_several_listen_on_the_one_that_started_the_others_is_meant() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let (master, worker) = master(listener.try_clone().unwrap().into());
    let other = Sleeper::with(listener.try_clone().unwrap().into());
    drop(listener);
    let (_, pids) = question(&nest, &["--port", &port]);
    for pid in [master.pid(), worker, other.pid()] {
        assert!(pids.contains(&i64::from(pid)), "{pids:?}");
    }
    drop(other);
    assert_eq!(attached(&nest, &["--port", &port]), i64::from(master.pid()));
    kill_process(Pid::from_raw(worker).unwrap(), Signal::KILL).unwrap();
    host.stop();
}

#[test]
fn a_port_whose_owner_cannot_be_seen_is_not_said_to_be_nobodys() {
    if !can_be_nobody() {
        return;
    }
    let nest = Nest::new();
    nest.give_to(NOBODY);
    let _worker = nest.for_everyone("chaos-kitty-worker");
    let host = nest.host().configuration("version = 1\ninstance = []\n");
    let host = host.program(nest.for_everyone("chaos-kitty")).user(NOBODY).start();
    // It is ours, and we are root.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let answer = nest.operator().run(&["attach", "--port", &port]);
    let why = format!("somebody listens on port {port}, with a socket of user root");
    assert!(answer.code == 1 && answer.error.contains(&why), "{answer:?}");
    let (_held, port) = unheard_port();
    let answer = nest.operator().run(&["attach", "--port", &port]);
    assert!(answer.code == 1 && answer.error.contains("it may not look at the networks of"), "{answer:?}");
    host.stop();
}

#[test]
fn of_a_port_in_another_network_the_pid_is_told_and_nobody_is_attached() {
    if !can_be_nobody()
        || !Command::new("unshare").args(["--net", "true"]).status().is_ok_and(|it| it.success())
    {
        skipped("no network namespace can be made here");
        return;
    }
    let nest = Nest::new();
    let host = nest.host().configuration("version = 1\ninstance = []\n").in_another_network().start();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let sleeper = Sleeper::with(listener.into());
    let answer = nest.operator().run(&["attach", "--port", &port]);
    let why = format!("in another network namespace (a container's?) pid {} has one", sleeper.pid());
    assert!(answer.code == 1 && answer.error.contains(&why), "{answer:?}");
    assert_eq!(nest.operator().ask(&["victims"]), json!([]));
    host.stop();
}

/// A shell with a child, both with this socket, and the child's pid.
fn master(socket: OwnedFd) -> (Sleeper, i32) {
    let mut command = Command::new("sh");
    command.args(["-c", "exec 3<&0; sleep 600 <&3 & echo $!; wait"]).stdin(socket).stdout(Stdio::piped());
    let mut master = command.spawn().unwrap();
    let mut worker = String::new();
    BufReader::new(master.stdout.take().unwrap()).read_line(&mut worker).unwrap();
    (Sleeper(master), worker.trim().parse().unwrap())
}

#[test]
fn who_is_not_there_is_not_attached() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let (_held, free) = unheard_port();
    let unit = ControlGroup::free_name();
    for (way, why) in [
        (&["4194304"][..], "there is no process 4194304"),
        (&["--unit", &unit], "there is no control group of a unit"),
        (
            &["--executable", "/no/such/program"],
            "there is no file /no/such/program, and nobody runs one that was there",
        ),
        // Or no socket does here, where not everybody's network may be looked at.
        (&["--port", &free], &format!("listens on port {free}")),
    ] {
        let answer = nest.operator().run(&[&["attach"], way].concat());
        assert!(answer.code == 1 && answer.error.contains(why), "{way:?}: {answer:?}");
    }
    host.stop();
}

#[test]
fn wrong_use_is_told_from_a_refusal_and_from_a_host_that_is_not_there() {
    let nest = Nest::new();
    let target = nest.target(ECHOES);
    let pid = target.pid().to_string();
    let operator = nest.operator();
    for arguments in [
        &["attach"][..],
        &["attach", &pid, "--port", "80"],
        &["attach", "--unit", "a", "--executable", "/b"],
        &["attach", "0"],
        &["attach", "web"],
        &["attach", "--port", "0"],
        &["attach", "--port", "65536"],
        &["attach", &pid, "--label", "tier"],
        &["detach"],
    ] {
        assert_eq!(operator.run(arguments).code, 2, "{arguments:?}");
    }
    assert_eq!(operator.run(&["attach", &pid]).code, 3);
    assert_eq!(operator.run(&["detach", "target"]).code, 3);
    let host = nest.quiet_host();
    for arguments in [&["attach", &pid, "--name", "17"][..], &["attach", "--unit", "a/b"]] {
        assert_eq!(operator.run(arguments).code, 2, "{arguments:?}");
    }
    attach(&nest, &target);
    host.stop();
}
