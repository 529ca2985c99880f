//! Pids that are not its own.

use crate::arena::Arena;
use crate::told::{Told, answer};
use chaos_kitty_bus::{Message, Request, Value};
use chaos_kitty_tests::{Process, RubyWorker, Signal, skipped};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

/// What a process of its own is told that claims this pid. Whose it is may be harmed by nobody.
fn claims(arena: &Arena, pid: i64) -> Option<Told> {
    let (relay, mut wire) = RubyWorker::relay(&arena.nest);
    let told = answer(wire.register(vec![("process_id", pid.into()), ("name", "liar".into())]));
    assert_eq!(
        wire.call("chaos", Request::new("keys")),
        Ok(Value::from(vec![1])),
        "only the good one is there"
    );
    Told::of(relay.pid(), [told])
}

pub(crate) fn claims_a_strangers_pid(arena: &Arena) -> Option<Told> {
    let mut bystander = Process::start("the bystander", arena.nest.command("sleep").arg("600"));
    let told = claims(arena, bystander.pid().into());
    bystander.kill();
    told
}

pub(crate) fn claims_impossible_pids(arena: &Arena) -> Option<Told> {
    let (relay, mut wire) = RubyWorker::relay(&arena.nest);
    let pids = [0, -1, -i64::from(arena.host.pid()), i64::from(i32::MAX), i64::MAX, i64::MIN];
    let told = pids.map(|pid| answer(wire.register(vec![("process_id", pid.into())])));
    Told::of(relay.pid(), told)
}

pub(crate) fn claims_pid_1(arena: &Arena) -> Option<Told> {
    claims(arena, 1)
}

pub(crate) fn claims_the_hosts_pid(arena: &Arena) -> Option<Told> {
    let told = claims(arena, arena.host.pid().into());
    // The host is a child of this process, which therefore could speak for it.
    let own = arena.connect().register(vec![("process_id", arena.host.pid().into())]).unwrap_err();
    assert!(own.message.contains("is the host itself, which is never a victim"), "{}", own.message);
    told
}

pub(crate) fn is_the_one_who_started_the_host(arena: &Arena) -> Option<Told> {
    let own = Value::from(std::process::id());
    Told::us([vec![("process_id", own)], vec![]].map(|options| answer(arena.connect().register(options))))
}

/// A process that connects, registers and exits while the host is stopped, and so before it accepts. Its pid.
fn registered_and_exited(arena: &Arena) -> i32 {
    let request = Request::new("register").argument(chaos_kitty_bus::Object::Name("victim".into()));
    let mut bytes = Vec::new();
    let call = Message::Invoke { id: 1, object: "chaos".into(), request, block: false };
    call.encode(&mut bytes).unwrap();
    let registration = arena.nest.file("registration", bytes);
    let relay = chaos_kitty_tests::Workspace::built().program("chaos-kitty-test-relay");
    let mut command = arena.nest.command(relay);
    // It passes on what it reads, and exits at its end.
    command.arg(arena.host.socket()).stdin(std::fs::File::open(registration).unwrap()).stdout(Stdio::null());
    let mut relay = command.spawn().unwrap();
    assert!(relay.wait().unwrap().success());
    relay.id().cast_signed()
}

pub(crate) fn exits_before_it_is_accepted(arena: &Arena) -> Option<Told> {
    let stopped = Stopped::stop(arena);
    let pid = registered_and_exited(arena);
    drop(stopped);
    // There is nobody left to be told.
    Told::of(pid, [])
}

pub(crate) fn leaves_its_pid_to_somebody_else(arena: &Arena) -> Option<Told> {
    let stopped = Stopped::stop(arena);
    let pid = registered_and_exited(arena);
    let Some(mut heir) = heir_of(pid) else {
        skipped("no process can be given a certain pid here");
        return None;
    };
    drop(stopped);
    let told = Told::of(pid, [])?;
    arena.line("that it is refused", |line| told.is_about(line));
    assert_eq!(arena.connect().call("chaos", Request::new("keys")), Ok(Value::from(vec![1])));
    // Who has the pid now never heard of chaos.
    assert_eq!(heir.kill().signal(), Some(9), "it lived until now");
    Some(told)
}

/// A process with this pid, which must be free: the kernel counts on from the last pid that it gave, and root may say which
/// one that was.
fn heir_of(pid: i32) -> Option<Process> {
    const LAST: &str = "/proc/sys/kernel/ns_last_pid";
    let last = std::fs::read(LAST).ok()?;
    let heir = (0..200).find_map(|_| {
        std::fs::write(LAST, (pid - 1).to_string()).ok()?;
        // If it has another one, somebody else was faster.
        let heir = Process::start("the heir", Command::new("sleep").arg("600"));
        (heir.pid() == pid).then_some(heir)
    });
    let _ = std::fs::write(LAST, last);
    heir
}

/// The host, stopped: until this is dropped it accepts nobody.
struct Stopped(rustix::fd::OwnedFd);

impl Stopped {
    fn stop(arena: &Arena) -> Self {
        let pid = rustix::process::Pid::from_raw(arena.host.pid()).unwrap();
        let host = rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()).unwrap();
        rustix::process::pidfd_send_signal(&host, Signal::STOP).unwrap();
        let state = |line: &str| line.starts_with("State:") && line.contains("(stopped)");
        let status = || std::fs::read_to_string(format!("/proc/{}/status", arena.host.pid())).unwrap();
        while !status().lines().any(state) {
            std::thread::yield_now();
        }
        Self(host)
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = rustix::process::pidfd_send_signal(&self.0, Signal::CONT);
    }
}

pub(crate) fn dies_while_another_holds_its_connection(arena: &Arena) -> Option<Told> {
    // It registers a process that it started, which exits, while its own connection lives on.
    let mut beside = Process::start("the program", arena.nest.command("sleep").arg("600"));
    let mut wire = arena.connect();
    let own = vec![("process_id", beside.pid().into()), ("name", "beside".into())];
    let id = wire.register(own).unwrap().as_u64().unwrap();
    beside.kill();
    arena.host.left(id);
    // Its pid is anybody's now, and where we may say so it is this one's.
    let mut heir = heir_of(beside.pid());
    let mut operator = arena.connect();
    let strike = Request::new("strike").argument(id).argument("signal");
    let options = Value::map([("signal", "TERM")]);
    let outcome = operator.call("chaos", strike.option("options", options)).unwrap();
    let reason = outcome.get("refused").and_then(|refused| refused.get("reason")).and_then(Value::as_str);
    assert!(reason.is_some_and(|reason| reason.starts_with("there is no victim")), "{outcome:?}");
    if let Some(heir) = &mut heir {
        assert_eq!(heir.kill().signal(), Some(9), "it lived until now");
    }
    let told = crate::told::words(&mut wire);
    Told::of(beside.pid(), told)
}
