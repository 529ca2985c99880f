//! What any way between two processes pays: as many bytes to and fro over the same kind of socket, by threads that block.

use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, ExitCode};

/// Under which this program is the one that answers.
pub(super) const COMMAND: &str = "echo";

/// A length, a kind and a number: a call to which there is nothing to say, and its answer.
const BYTES: usize = 13;

/// Dropping it ends the other process.
pub(super) struct Bare {
    socket: UnixStream,
    child: Child,
}

impl Bare {
    pub(super) fn start() -> Self {
        let (socket, theirs) = UnixStream::pair().expect("a pair of sockets");
        let mut command = Command::new(std::env::current_exe().expect("a program"));
        let child = command.arg(COMMAND).stdin(OwnedFd::from(theirs)).spawn().expect("a child");
        Self { socket, child }
    }

    pub(super) fn ping(&mut self) {
        let mut answer = [0; BYTES];
        self.socket.write_all(&[7; BYTES]).expect("it reads");
        self.socket.read_exact(&mut answer).expect("it answers");
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = self.socket.shutdown(std::net::Shutdown::Both);
        let _ = self.child.wait();
    }
}

/// The other process: answers on standard input until that is closed.
pub(super) fn echo() -> ExitCode {
    let socket = std::io::stdin().as_fd().try_clone_to_owned().expect("a socket");
    let mut socket = UnixStream::from(socket);
    let mut asked = [0; BYTES];
    while socket.read_exact(&mut asked).is_ok() && socket.write_all(&asked).is_ok() {}
    ExitCode::SUCCESS
}
