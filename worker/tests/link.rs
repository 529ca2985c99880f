//! Finding a host, or not: nothing of it may trouble the application.
#![allow(clippy::unwrap_used, reason = "a test stops where it is surprised")]

mod pretend_host;

use std::io::ErrorKind;
use std::os::fd::AsFd;
use std::time::Duration;

use chaos_kitty_worker::Worker;
use pretend_host::{Manner, PATIENCE, PretendHost};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};
use tokio::io::AsyncReadExt;
use tokio::net::UnixListener;

/// A listener whose backlog is the test's choice, made by a user of the test's choice.
fn listen(path: &std::path::Path, backlog: i32) -> UnixListener {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None).unwrap();
    rustix::net::bind(&socket, &SocketAddrUnix::new(path).unwrap()).unwrap();
    rustix::net::listen(socket.as_fd(), backlog).unwrap();
    UnixListener::from_std(socket.into()).unwrap()
}

#[test]
fn a_worker_starts_and_stops_whatever_the_socket() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "no socket").unwrap();
    for path in [
        folder.path().join("nobody/there"),
        folder.path().join("file"),
        folder.path().join("long".repeat(100)),
        "zero\0inside".into(),
        "".into(),
    ] {
        let worker = Worker::builder().socket(&path).start();
        assert!(!worker.is_connected() && worker.id().is_none(), "{path:?}");
        assert_eq!(worker.registered(Duration::from_millis(1)), None);
        worker.stop();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_may_come_late() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s");
    let worker = Worker::builder().socket(&socket).start();
    assert_eq!(worker.registered(Duration::from_millis(20)), None);
    let mut host = PretendHost::at(&socket, Manner::Ours);
    host.registered().await;
    assert!(worker.registered(PATIENCE).is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_backlog_is_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s");
    let listener = listen(&socket, 0);
    let mut waiting = Vec::new();
    let full = loop {
        match tokio::net::UnixStream::connect(&socket).await {
            Ok(stream) => waiting.push(stream),
            Err(error) => break error,
        }
    };
    assert_eq!(full.kind(), ErrorKind::WouldBlock);
    let worker = Worker::builder().socket(&socket).start();
    assert_eq!(worker.registered(Duration::from_millis(20)), None);
    drop(waiting);
    let mut host = PretendHost::on(listener, &socket, Manner::Ours);
    host.registered().await;
    assert!(worker.registered(PATIENCE).is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_refuses_is_left_alone_for_a_while() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s");
    let mut host = PretendHost::at(&socket, Manner::Refusing);
    let worker = Worker::builder().socket(&socket).start();
    host.request().await;
    assert_eq!(worker.registered(Duration::from_millis(20)), None);
    worker.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_of_another_user_is_not_obeyed() {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: only root can pretend to be another user");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s");
    let handle = tokio::runtime::Handle::current();
    let path = socket.clone();
    // The kernel writes down who calls listen(2). That is this thread's user alone, and the thread ends here.
    let stranger = std::thread::spawn(move || {
        let _runtime = handle.enter();
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None).unwrap();
        rustix::net::bind(&socket, &SocketAddrUnix::new(&path).unwrap()).unwrap();
        let nobody = rustix::process::Uid::from_raw(65534);
        rustix::thread::set_thread_res_uid(nobody, nobody, nobody).unwrap();
        rustix::net::listen(socket.as_fd(), 8).unwrap();
        UnixListener::from_std(socket.into()).unwrap()
    });
    let listener = stranger.join().unwrap();
    let worker = Worker::builder().socket(&socket).start();
    let (mut stream, _) = tokio::time::timeout(PATIENCE, listener.accept()).await.unwrap().unwrap();
    let mut said = Vec::new();
    stream.read_to_end(&mut said).await.unwrap();
    assert!(said.is_empty(), "it hangs up without a word");
    assert!(!worker.is_connected());
}
