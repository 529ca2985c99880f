//! The attendant: stands beside a process that was there already, for the host that attached it, and goes when either goes.
//!
//! The host starts it, with a connection for its standard input and the pidfd of the process for its standard output.

use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use chaos_kitty_worker::Worker;
use chaos_kitty_worker::beside::{Attached, Program};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::Pid;

use crate::clock;
use crate::guard::{Guard, Stillbirth};

/// Whoever sends these wants an end of it.
const ENDS: [Signal; 4] = [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP, Signal::SIGQUIT];
/// How long the guard may take to continue everybody and to leave: longer only where it is stopped itself.
const TO_LEAVE: Duration = Duration::from_secs(2);
/// Between two looks, where nothing can be waited for.
const LOOK: Duration = Duration::from_millis(10);

/// Attends to the process with this pid, and answers the exit code.
pub(crate) fn run(process_id: i32) -> u8 {
    match attend(process_id) {
        Ok(()) => 0,
        Err(why) => {
            let _ = writeln!(io::stderr(), "chaos-kitty-worker: attendant of {process_id}: {why}");
            1
        }
    }
}

fn attend(process_id: i32) -> Result<(), String> {
    let failed = |what: &'static str| move |error: io::Error| format!("{what}: {error}");
    let process_id = Pid::from_raw(process_id).ok_or("there is no pid 0")?;
    let (host, process) = inherited().map_err(failed("it is for a host to start"))?;
    let signals = signals().map_err(failed("signals cannot be waited for"))?;
    let guard = Guard::attend(process_id, process.try_clone().map_err(failed("its pidfd"))?);
    let guard = guard.map(Arc::new).map_err(|stillbirth| match stillbirth {
        Stillbirth::NotFound => "the process has exited".to_owned(),
        Stillbirth::Failed(why) => why,
    })?;
    let _ = rustix::thread::set_name(c"kitty-attendant"); // 15 bytes, as many as the kernel takes; after the fork

    let (left, has_left) = mpsc::channel();
    let heard = Arc::clone(&guard);
    let ear = std::thread::Builder::new().name("chaos-kitty-ear".to_owned()).spawn(move || {
        while heard.hear() {}
        let _ = left.send(());
    });
    ear.map_err(failed("the system gives no thread"))?;
    let connection = host.try_clone().map_err(failed("the connection"))?;
    let attached = Attached::new(Arc::clone(&guard) as Arc<dyn Program>);
    let worker = Worker::builder().attend(attached, connection);

    until_over(&signals, &host, &process);
    worker.stop(); // what was taken is given back, and what was held is released
    guard.dismiss();
    match has_left.recv_timeout(TO_LEAVE) {
        Ok(()) => Ok(()),
        // It was killed, and what it had done is not undone yet: nobody else does it.
        Err(_) if guard.is_gone() => has_left.recv().map_err(|error| error.to_string()),
        Err(_) => {
            Err("its guard does not leave: what it holds may be held still (is it stopped?)".to_owned())
        }
    }
}

/// The host's connection, and the pidfd. What is written to the standard output is for nobody from now on.
fn inherited() -> io::Result<(UnixStream, OwnedFd)> {
    let host = io::stdin().as_fd().try_clone_to_owned()?;
    let process = io::stdout().as_fd().try_clone_to_owned()?;
    let nothing = std::fs::File::options().read(true).write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&nothing)?;
    rustix::stdio::dup2_stdout(&nothing)?;
    Ok((UnixStream::from(host), process))
}

fn signals() -> io::Result<SignalFd> {
    let set: SigSet = ENDS.into_iter().collect();
    set.thread_block()?;
    Ok(SignalFd::with_flags(&set, SfdFlags::SFD_CLOEXEC)?)
}

/// Until the process has exited, the host has hung up, or somebody sends a signal.
fn until_over(signals: &SignalFd, host: &UnixStream, process: &OwnedFd) {
    loop {
        // What the host says is the worker's to read: only its end is waited for, which is always told.
        let mut ready = [
            PollFd::new(host, PollFlags::empty()),
            PollFd::new(signals, PollFlags::IN),
            PollFd::new(process, PollFlags::IN),
        ];
        match poll(&mut ready, None) {
            Ok(_) => return,
            Err(_) => clock::pause(LOOK), // what keeps it from waiting, as want of memory, may last
        }
    }
}
