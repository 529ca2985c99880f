//! One host at a socket, its user's alone.

use std::os::unix::fs::PermissionsExt;

use chaos_kitty_tests::Nest;

#[test]
fn of_two_hosts_one_serves_and_the_other_says_why_not() {
    let nest = Nest::new();
    let first = nest.quiet_host();
    let (code, said) = nest.host().configuration("version = 1\ninstance = []\n").refused();
    assert!(code == 1 || code == 2, "{code}: {said}");
    assert!(said.contains("another host serves here: stop it, or choose another --socket"), "{said}");
    assert!(said.contains(&nest.socket().display().to_string()), "{said}");
    assert_eq!(nest.operator().ask(&["status"])["host"]["pid"], first.pid(), "the first goes on");
    first.stop();
}

#[test]
fn the_socket_is_its_users_alone() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let mode = std::fs::metadata(nest.socket()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    host.stop();
}

#[test]
fn a_dead_hosts_socket_is_replaced_and_another_file_is_left_alone() {
    let nest = Nest::new();
    nest.quiet_host().kill();
    assert!(nest.socket().exists(), "who is killed leaves its socket");
    let next = nest.quiet_host();
    assert_eq!(nest.operator().ask(&["status"])["host"]["pid"], next.pid());
    drop(next);
    std::fs::remove_file(nest.socket()).unwrap();
    std::fs::write(nest.socket(), "mine").unwrap();
    let (code, said) = nest.host().refused();
    assert!(code == 1 || code == 2, "{code}: {said}");
    assert!(said.contains("no socket"), "{said}");
    assert_eq!(std::fs::read_to_string(nest.socket()).unwrap(), "mine");
}

#[test]
fn a_stranger_with_a_full_backlog_is_not_waited_for_and_no_lock_is_left() {
    let nest = Nest::new();
    let address = rustix::net::SocketAddrUnix::new(nest.socket()).unwrap();
    let socket = || {
        let flags = rustix::net::SocketFlags::NONBLOCK | rustix::net::SocketFlags::CLOEXEC;
        rustix::net::socket_with(
            rustix::net::AddressFamily::UNIX,
            rustix::net::SocketType::STREAM,
            flags,
            None,
        )
        .unwrap()
    };
    let stranger = socket();
    rustix::net::bind(&stranger, &address).unwrap();
    rustix::net::listen(&stranger, 0).unwrap();
    // Nobody accepts: after one or two, the next is turned away.
    let mut waiting = Vec::new();
    loop {
        let client = socket();
        if rustix::net::connect(&client, &address).is_err() {
            break;
        }
        waiting.push(client);
        assert!(waiting.len() < 100, "this backlog has no end");
    }
    let (code, said) = nest.host().refused();
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("somebody serves here"), "{said}");
    assert!(!nest.socket().with_added_extension("lock").exists(), "its lock stays");
}
