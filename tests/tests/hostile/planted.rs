//! A socket that another user planted where a worker looks for its host.

use crate::arena::Arena;
use crate::told::{HUNG_UP, Told, words};
use chaos_kitty_bus::{Message, Request};
use chaos_kitty_tests::{NOBODY, PATIENCE, Process, Wire, Workspace};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

/// A listener of nobody's. The kernel writes down who calls listen(2): that is one thread's user alone, which ends here.
fn plant(path: &Path) -> UnixListener {
    let path = path.to_owned();
    let thread = std::thread::spawn(move || {
        let socket =
            rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)
                .unwrap();
        rustix::net::bind(&socket, &SocketAddrUnix::new(&path).unwrap()).unwrap();
        let nobody = rustix::process::Uid::from_raw(NOBODY);
        rustix::thread::set_thread_res_uid(nobody, nobody, nobody).unwrap();
        rustix::net::listen(&socket, 8).unwrap();
        UnixListener::from(socket)
    });
    thread.join().unwrap()
}

fn accept(listener: &UnixListener) -> UnixStream {
    let time = Timespec { tv_sec: PATIENCE.as_secs().cast_signed(), tv_nsec: 0 };
    let ready = rustix::event::poll(&mut [PollFd::new(listener, PollFlags::IN)], Some(&time)).unwrap();
    assert_eq!(ready, 1, "the worker does not come");
    listener.accept().unwrap().0
}

pub(crate) fn plants_a_socket_for_a_worker(arena: &Arena) -> Option<Told> {
    if !chaos_kitty_tests::can_be_nobody() {
        return None;
    }
    let socket = arena.nest.path().join("planted");
    let listener = plant(&socket);
    let mut command = arena.nest.command(Workspace::built().worker());
    command.args(["demo-work", "--name", "orders", "--socket"]).arg(&socket);
    let worker = Process::start("the worker", &mut command);
    let mut heard = Vec::new();
    // It comes again after a while, and says no second time why it leaves.
    for _ in 0..2 {
        let stream = accept(&listener);
        let mut wire = Wire::over_stream(stream);
        let order = Request::new("raise_error").option("message", "planted");
        wire.send_if_there(&Message::Invoke { id: 2, object: "victim".into(), request: order, block: false });
        heard.extend(words(&mut wire));
    }
    assert_eq!(heard, [HUNG_UP, HUNG_UP], "not a word, and nothing done");
    let lines = worker.complained().lines();
    let about: Vec<_> = lines.iter().filter(|line| line.to_string().contains("staying away")).collect();
    assert_eq!(about.len(), 1, "{about:#?}");
    let errors = |line: &chaos_kitty_tests::Json| line["errors"].as_u64().unwrap_or(0);
    let working = worker.said().wait("that it works", |line| line["work_done"].as_u64() > Some(0));
    assert_eq!(errors(&working), 0, "{working}");
    Some(Told::us(heard)?.by(NOBODY).in_log(worker.complained()))
}
