//! Connects to a socket and passes bytes on both ways: the identity of a connection is this process's, its words are
//! whoever's holds the pipes.
#![allow(clippy::unwrap_used, reason = "a test's helper stops where it is surprised")]

use std::net::Shutdown;
use std::os::unix::net::UnixStream;

fn main() {
    let socket = std::env::args_os().nth(1).expect("the socket");
    let mut stream = UnixStream::connect(socket).unwrap();
    let mut back = stream.try_clone().unwrap();
    std::thread::spawn(move || {
        // The standard output is line-buffered, and this is not lines.
        let mut output =
            std::fs::File::from(std::os::fd::AsFd::as_fd(&std::io::stdout()).try_clone_to_owned().unwrap());
        let _ = std::io::copy(&mut back, &mut output);
        // Who has nobody to talk to any more ends.
        std::process::exit(0);
    });
    let _ = std::io::copy(&mut std::io::stdin(), &mut stream);
    let _ = stream.shutdown(Shutdown::Both);
}
