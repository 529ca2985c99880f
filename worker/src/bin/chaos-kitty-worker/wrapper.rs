//! The wrapper: starts a program, stands beside it, and goes when it goes.

use std::io::{ErrorKind, Write};
use std::path::Path;
use std::process::Command;

use chaos_kitty_worker::Worker;
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus};

use crate::arguments::Wrap;
use crate::signals::{Arrival, Signals};

const NOT_EXECUTABLE: u8 = 126;
const NOT_FOUND: u8 = 127;

/// Runs the program to its end, and answers the exit code that is now ours.
pub(crate) fn run(wrap: Wrap) -> u8 {
    let Some((program, arguments)) = wrap.program.split_first() else { return 2 };
    let signals = match Signals::block() {
        Ok(signals) => signals,
        Err(error) => return give_up(NOT_EXECUTABLE, &format!("signals cannot be passed on: {error}")),
    };
    let mut command = Command::new(program);
    command.args(arguments);
    signals.restore_in(&mut command);
    let child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            let shown = program.display();
            return match error.kind() {
                ErrorKind::NotFound => give_up(
                    NOT_FOUND,
                    &format!("{shown}: not found: give the path of a program, or the name of one in PATH"),
                ),
                _ => give_up(NOT_EXECUTABLE, &format!("{shown}: cannot be executed: {error}")),
            };
        }
    };
    let file_name = Path::new(program).file_name().unwrap_or(program).to_string_lossy().into_owned();
    let mut builder = Worker::builder().name(wrap.name.unwrap_or(file_name)).beside(child.id());
    for (key, value) in wrap.labels {
        builder = builder.label(key, value);
    }
    if let Some(socket) = wrap.socket {
        builder = builder.socket(socket);
    }
    let worker = builder.start();
    let code = watch(&signals, Pid::from_child(&child));
    worker.stop();
    code
}

/// Passes signals on until the program has ended. Its pid is its own until we reap it, and that is done here only.
fn watch(signals: &Signals, program: Pid) -> u8 {
    loop {
        match signals.next() {
            Ok(Arrival::Child) => {
                if let Some(status) = reap(program) {
                    return exit_code(status);
                }
            }
            Ok(Arrival::PassOn(number)) => {
                let Some(signal) = Signal::from_named_raw(number) else { continue };
                if let Err(error) = rustix::process::kill_process(program, signal) {
                    tracing::warn!(number, %error, "a signal could not be passed on");
                }
            }
            Err(error) => tracing::warn!(%error, "signals cannot be read"),
        }
    }
}

/// Reaps whatever has ended, since as pid 1 of a container we inherit orphans too.
fn reap(program: Pid) -> Option<WaitStatus> {
    while let Ok(Some((ended, status))) = rustix::process::wait(WaitOptions::NOHANG) {
        if ended == program {
            return Some(status);
        }
    }
    None
}

/// As a shell says it.
fn exit_code(status: WaitStatus) -> u8 {
    let code = status.exit_status().or_else(|| status.terminating_signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

fn give_up(code: u8, message: &str) -> u8 {
    let _ = writeln!(std::io::stderr(), "chaos-kitty-worker: {message}"); // the code tells it to those who do not read
    code
}
