//! More connections than anybody needs.

use crate::arena::Arena;
use crate::told::{HUNG_UP, Told, answer, word};
use chaos_kitty_bus::{Message, Request, Value};
use chaos_kitty_tests::{Json, PATIENCE, Process, Workspace, comes_true};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;

/// Raises the limit of this process, and answers how many connections it may well have.
fn most(wanted: u64) -> u64 {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).unwrap();
    wanted.min(maximum.unwrap_or(u64::MAX) - 400)
}

pub(crate) fn opens_5_000_connections_by_half(arena: &Arena) -> Option<Told> {
    let count = most(5_000);
    let open = |number: u64| {
        let mut stream = arena.stream();
        if number.is_multiple_of(2) {
            // The beginning of a message of 16 MiB, and not a byte more.
            stream.write_all(&[0xc9, 0, 0xff]).unwrap();
        }
        stream
    };
    // Somebody is there before all of them, and asks for something now and then.
    let mut operator = arena.connect();
    let mut streams: Vec<_> = (0..count / 2).map(open).collect();
    // In the middle of it somebody comes who means it.
    let late = arena.nest.victim("late").start();
    arena.host.registered(late.pid());
    streams.extend((count / 2..count).map(open));
    arena.host.strikes("late", "raise_error");
    late.event("error", |_| true);
    // They are spared while they are new. Then the oldest have to go for whoever comes, and the youngest wait.
    let kept = streams_kept();
    let (old, young) = streams.split_at_mut(usize::try_from(count).unwrap() - kept);
    let made_room = comes_true(PATIENCE, || {
        arena.goes_on();
        operator.call("chaos", Request::new("keys")).unwrap();
        old.iter_mut().all(has_ended)
    });
    assert!(made_room, "not all of the oldest {} had to go", old.len());
    let gone = young.iter_mut().skip(PASSERS_BY).map(has_ended).filter(|ended| *ended).count();
    assert_eq!(gone, 0, "of the youngest {kept}, who may wait");
    Told::us([HUNG_UP.to_owned()])
}

/// Operators and victims to be that may be there at a time beside a crowd.
const PASSERS_BY: usize = 8;

/// How many connections that are no victims' the host keeps: 1,024, or a quarter of its descriptors.
fn streams_kept() -> usize {
    let limit = getrlimit(Resource::Nofile).maximum.unwrap_or(u64::MAX);
    usize::try_from(1024.min(limit / 4)).unwrap()
}

/// Whether the host has hung up.
fn has_ended(stream: &mut UnixStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    !matches!(stream.read(&mut [0]), Err(error) if error.kind() == ErrorKind::WouldBlock)
}

/// A host that keeps no more than 1,000 connections of peers that are no victims.
pub(crate) fn bounded_arena() -> Arena {
    most(4_000);
    Arena::with(|host| host.descriptors(4_000))
}

pub(crate) fn pauses_before_it_registers(arena: &Arena) -> Option<Told> {
    let mut command = arena.nest.command(Workspace::built().program("chaos-kitty-test-crowd"));
    let mut crowd = Process::start("a crowd", command.arg(arena.host.socket()));
    let mut does = |what| {
        let mark = crowd.said().mark();
        crowd.tell(what);
        crowd.said().wait_after(mark, what, |line| line["seconds"].is_array());
    };
    does("gather 1500");
    // Whoever comes has nobody dismissed, neither now nor when they are victims.
    arena.goes_on();
    does("register");
    arena.goes_on();
    let Ok(Value::Array(victims)) = arena.connect().call("chaos", Request::new("keys")) else {
        panic!("the host answers nobody");
    };
    let is_departure =
        |line: &&Json| line["message"].as_str().is_some_and(|text| text.starts_with("a victim left"));
    let left = arena.lines().iter().filter(is_departure).count();
    Told::of(crowd.pid(), [format!("{} victims, {left} left", victims.len())])
}

pub(crate) fn keeps_200_messages_of_4_mib_back(arena: &Arena) -> Option<Told> {
    let most = [&[0xc9, 0, 0x40, 0, 0, 0, 1][..], &[0; (4 << 20) - 2]].concat();
    let mut streams = Vec::new();
    for _ in 0..200 {
        let mut stream = arena.stream();
        // All but its last byte; whoever keeps most has to go meanwhile.
        let _ = stream.write_all(&most);
        streams.push(stream);
    }
    let ended = streams.iter_mut().map(has_ended).filter(|ended| *ended).count();
    assert!(ended >= 150, "{ended} had to go");
    // A message of that size that has an end is read.
    let mut wire = arena.connect();
    let large = Request::new("keys").argument("x".repeat(3 << 20));
    Told::us([HUNG_UP.to_owned(), answer(wire.call("chaos", large))])
}

/// A host that may have so few files open.
pub(crate) fn small_arena() -> Arena {
    Arena::with(|host| host.descriptors(200))
}

pub(crate) fn takes_every_descriptor(arena: &Arena) -> Option<Told> {
    let watch =
        || Message::Invoke { id: 1, object: "chaos".into(), request: Request::new("watch"), block: true };
    let mut watchers = Vec::new();
    let mut turned_away = 0;
    while turned_away < 1_000 {
        // Each of them asks for something, and so is no idler.
        let mut wire = arena.connect();
        wire.send_if_there(&watch());
        match word(&mut wire).as_str() {
            HUNG_UP => turned_away += 1,
            _ => watchers.push(wire),
        }
        assert!(watchers.len() < 200, "there is no end to it");
    }
    assert!(watchers.len() > 50, "only {} were served", watchers.len());
    // Whoever was there is struck still. As soon as there is room, others are served again.
    let mark = arena.host.log().mark();
    arena.host.record_after(mark, "a strike meanwhile", |record| record["verdict"] == "effective");
    drop(watchers);
    let operator = arena.nest.operator();
    operator.until("somebody is served again", || operator.run(&["status"]).code == 0);
    Told::us([HUNG_UP.to_owned()])
}
