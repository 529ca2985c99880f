//! A server that was started by nobody of ours, and is attached while it serves.

use std::os::unix::process::CommandExt;

use chaos_kitty_tests::{PATIENCE, Package, Process, comes_true, vitals};

use crate::resp::{Client, Reply};
use crate::scene::Scene;

const REDIS: Package = Package { name: "redis-server", program: "/usr/bin/redis-server" };

#[test]
fn redis_is_struck_while_it_runs_and_is_not_left_stopped_when_the_host_is_killed() {
    let Some(program) = REDIS.program() else { return };
    let mut scene = Scene::new();
    let socket = scene.path().join("redis.sock");
    let mut command = scene.command(program);
    command.args(["--port", "0", "--save", "", "--appendonly", "yes", "--appendfsync", "always"]);
    command.arg("--unixsocket").arg(&socket);
    // Stopped in ours, it would have the kernel hang up on all of us when some other test's program ends.
    let mut server = Process::start("redis", command.process_group(0));
    let pid = server.pid();
    let pong = Reply::Text("PONG".to_owned());
    let ping = || Client::connect(&socket)?.ask(&["PING"]);
    assert!(comes_true(PATIENCE, || ping().is_ok_and(|reply| reply == pong)));
    scene.operator().ask(&["attach", &pid.to_string(), "--name", "found"]);

    let mut client = Client::connect(&socket).unwrap();
    let mut kept = 0;
    for (method, options) in [
        ("freeze", &["duration=500ms"][..]),
        ("cpu_spin", &["duration=200ms", "--lease", "20s"]),
        ("allocate_memory", &["size_mb=64", "hold_duration=200ms"]),
    ] {
        let strike = scene.strike("found", method, options);
        strike.meanwhile(|| {
            let set = client.ask(&["SET", &format!("key:{kept}"), "kept"]).unwrap();
            assert_eq!(set, Reply::Text("OK".to_owned()));
            kept += 1;
        });
        strike.lasting();
    }
    for key in 0..kept {
        let value = client.ask(&["GET", &format!("key:{key}")]).unwrap();
        assert_eq!(value, Reply::Text("kept".to_owned()), "{key}");
    }
    // What it has no calls of ours for is refused by name.
    let refused =
        scene.operator().run(&["call", "found", "disturb", "calls=read", "errno=EIO", "duration=1"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.error.contains("--inside"), "{refused:?}");

    let strike = scene.strike("found", "freeze", &["duration=60"]);
    assert!(comes_true(PATIENCE, || vitals::is_stopped(pid)));
    scene.kill_host();
    assert!(
        comes_true(std::time::Duration::from_secs(2), || !vitals::is_stopped(pid)),
        "it is stopped still"
    );
    assert_eq!(ping().unwrap(), pong);
    drop(strike);
    server.signal(chaos_kitty_tests::Signal::TERM);
    assert_eq!(server.exit_code(), 0);
    scene.end();
}
