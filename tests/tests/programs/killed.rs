//! Whoever is killed while redis or nginx are struck: within two seconds nothing is stopped, held, full or skewed.

use std::fs;
use std::io;
use std::thread;
use std::time::Duration;

use chaos_kitty_tests::{PATIENCE, Signal, comes_true, vitals, wall};
use rustix::process::{Pid, PidfdFlags, pidfd_open, pidfd_send_signal};

use crate::http;
use crate::nginx::Nginx;
use crate::redis::{Redis, time};
use crate::resp::Client;

/// What is promised.
const SOON: Duration = Duration::from_secs(2);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Killed {
    Host,
    Wrapper,
    Victim,
}

const EVERYBODY: [Killed; 3] = [Killed::Host, Killed::Wrapper, Killed::Victim];

/// Kills a process that is a descendant of ours.
fn kill(pid: i32) {
    let pidfd = pidfd_open(Pid::from_raw(pid).unwrap(), PidfdFlags::empty()).unwrap();
    pidfd_send_signal(&pidfd, Signal::KILL).unwrap();
}

/// Whether a process sleeps for as long as somebody else says, as one whose calls are held does, and not for what it reads or
/// is told: where its main thread waits has a name.
fn is_held(pid: i32) -> bool {
    let place = place(pid);
    place.contains("futex") || place.contains("nanosleep")
}

fn place(pid: i32) -> String {
    fs::read_to_string(format!("/proc/{pid}/wchan")).unwrap_or_default()
}

/// Asks in a thread of its own, which is held as long as the server is.
fn asked(ask: impl FnOnce() -> io::Result<()> + Send + 'static) -> thread::JoinHandle<io::Result<()>> {
    thread::spawn(ask)
}

fn redis_under(method: &str, options: &[&str]) {
    for killed in EVERYBODY {
        let Some(mut redis) = Redis::start() else { return };
        let (pid, socket) = (redis.pid(), redis.scene.path().join("redis.sock"));
        let guard = redis.job().guard();
        let strike = redis.strike(method, options);
        let mut waiting = None;
        match method {
            "freeze" => assert!(comes_true(PATIENCE, || vitals::is_stopped(pid))),
            "allocate_memory" => assert!(comes_true(PATIENCE, || vitals::has_resident(pid, 96.0))),
            "shift_clock" => assert!(comes_true(PATIENCE, || time(&mut redis) > wall().as_secs() + 3000)),
            "take_descriptors" => assert!(comes_true(PATIENCE, || vitals::descriptors(pid) > 150)),
            // It holds whoever asks next; those before were answered.
            "delay" | "disturb" => {
                while waiting.is_none() {
                    let socket = socket.clone();
                    let one = asked(move || Client::connect(&socket)?.ask(&["PING"]).map(drop));
                    let is_told = comes_true(PATIENCE, || one.is_finished() || is_held(pid));
                    // A kernel that has no names for places says none, and then it was no answer for that long.
                    assert!(is_told || place(pid) == "0", "{method}: {}", place(pid));
                    waiting = Some(one).filter(|one| !one.is_finished());
                }
            }
            other => panic!("nobody says how {other} is felt"),
        }
        match killed {
            Killed::Host => redis.scene.kill_host(),
            Killed::Wrapper => kill(redis.job().wrapper().pid()),
            Killed::Victim => kill(pid),
        }
        let what = format!("{method}, {killed:?} killed");
        if killed == Killed::Victim {
            // Whoever stood beside it goes with it.
            assert!(comes_true(SOON, || !vitals::exists(guard)), "{what}: its guard is there");
            continue;
        }
        let well = || {
            !vitals::is_stopped(pid)
                && waiting.as_ref().is_none_or(thread::JoinHandle::is_finished)
                && !vitals::has_resident(pid, 64.0)
                && vitals::descriptors(pid) < 100
        };
        assert!(comes_true(SOON, well), "{what}: stopped, held or full, of memory or of descriptors");
        if let Some(waiting) = waiting {
            waiting.join().unwrap().unwrap_or_else(|error| panic!("{what}: who waited got {error}"));
        }
        let right = comes_true(SOON, || time(&mut redis) < wall().as_secs() + 60);
        assert!(right, "{what}: its clock is wrong");
        drop(strike);
        if killed == Killed::Host {
            redis.ends_well_without_a_host();
        }
    }
}

#[test]
fn redis_is_not_left_frozen() {
    redis_under("freeze", &["duration=60"]);
}

#[test]
fn redis_is_not_left_held() {
    redis_under("delay", &["point=read:unix:*", "duration=60"]);
}

#[test]
fn redis_is_not_left_slow() {
    redis_under("disturb", &["calls=read", "address=unix:*", "delay=60", "duration=60"]);
}

#[test]
fn redis_is_not_left_with_a_wrong_clock() {
    redis_under("shift_clock", &["by=1h", "duration=60"]);
}

#[test]
fn redis_is_not_left_full() {
    redis_under("allocate_memory", &["size_mb=96", "hold_duration=60"]);
}

#[test]
fn redis_is_not_left_without_descriptors() {
    redis_under("take_descriptors", &["leave=5", "duration=60"]);
}

#[test]
fn nginx_is_left_neither_frozen_nor_failing() {
    for (method, options) in [
        ("freeze", &["duration=60"][..]),
        ("disturb", &["calls=open", "path=*/pages/small", "errno=EACCES", "duration=60"]),
    ] {
        for killed in EVERYBODY {
            let Some(mut nginx) = Nginx::start() else { return };
            let (pid, workers) = (nginx.pid(), vitals::children(nginx.pid()));
            let all = || workers.iter().copied().chain([pid]);
            let guard = nginx.job().guard();
            let strike = nginx.scene.strike("nginx", method, options);
            let status = |client: &mut http::Client| client.get("/small").map(|page| page.status).ok();
            if method == "freeze" {
                assert!(comes_true(PATIENCE, || all().all(vitals::is_stopped)));
            } else {
                assert!(comes_true(PATIENCE, || status(&mut nginx.client()) == Some(403)));
            }
            match killed {
                Killed::Host => nginx.scene.kill_host(),
                Killed::Wrapper => kill(nginx.job().wrapper().pid()),
                Killed::Victim => kill(pid),
            }
            let what = format!("{method}, {killed:?} killed");
            assert!(comes_true(SOON, || !all().any(vitals::is_stopped)), "{what}: somebody is stopped");
            if killed == Killed::Victim {
                // Its workers go on without their master, with nobody beside them.
                assert!(comes_true(SOON, || !vitals::exists(guard)), "{what}: its guard is there");
            }
            assert!(comes_true(SOON, || status(&mut nginx.client()) == Some(200)), "{what}: it fails still");
            drop(strike);
        }
    }
}
