//! The wrapper: starts a program under a guard, stands beside it, and goes when it goes.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use chaos_kitty_worker::Worker;
use chaos_kitty_worker::beside::{Program, Wrapped};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus};

use crate::arguments::Wrap;
use crate::guard::{Guard, Stillbirth};
use crate::naming;
use crate::preload;
use crate::signals::{Arrival, Signals, asks_for_the_end};
use crate::suspension::Suspension;

const WRONG_USE: u8 = 2;
const NOT_EXECUTABLE: u8 = 126;
const NOT_FOUND: u8 = 127;

/// Runs the program to its end, and answers the exit code that is now ours.
pub(crate) fn run(wrap: Wrap) -> u8 {
    let Some((program, arguments)) = wrap.program.split_first() else { return WRONG_USE };
    let signals = match Signals::block() {
        Ok(signals) => signals,
        Err(error) => return give_up(NOT_EXECUTABLE, &format!("signals cannot be passed on: {error}")),
    };
    let shown = program.display();
    let name = match wrap.name.map_or_else(|| file_name(program), Ok) {
        Ok(name) => name,
        Err(why) => return give_up(WRONG_USE, &format!("{shown}: {why}: give it a --name")),
    };
    let mut command = Command::new(program);
    command.args(arguments);
    signals.restore_in(&mut command);
    let interior = match wrap.inside.then(|| preload::into(&mut command)).transpose() {
        Ok(interior) => interior,
        Err(why) => return give_up(NOT_EXECUTABLE, &format!("{shown}: {why}")),
    };
    let guard = match Guard::start(command) {
        Ok(guard) => Arc::new(guard),
        Err(Stillbirth::NotFound) => {
            let advice = "not found: give the path of a program, or the name of one in PATH";
            return give_up(NOT_FOUND, &format!("{shown}: {advice}"));
        }
        Err(Stillbirth::Failed(why)) => {
            return give_up(NOT_EXECUTABLE, &format!("{shown}: cannot be executed: {why}"));
        }
    };
    let wrapped = Wrapped::new(Arc::clone(&guard) as Arc<dyn Program>, wrap.reactions);
    let wrapped = wrapped.inside(interior);
    let mut builder = Worker::builder().name(name).beside(wrapped);
    for (key, value) in wrap.labels {
        builder = builder.label(key, value);
    }
    if let Some(socket) = wrap.socket {
        builder = builder.socket(socket);
    }
    let worker = builder.start();
    let code = watch(&signals, &guard);
    worker.stop();
    reap(guard.program()); // what stood in until now
    code
}

/// What a program is called where nobody says.
///
/// # Errors
/// Why that cannot be a victim's name.
fn file_name(program: &OsStr) -> Result<String, String> {
    naming::name(&Path::new(program).file_name().unwrap_or(program).to_string_lossy())
}

/// Passes signals on until the program has ended, and been left to us by its guard.
fn watch(signals: &Signals, guard: &Guard) -> u8 {
    let mut is_guarded = true;
    let mut suspension: Option<Suspension> = None;
    loop {
        let mut ready = vec![PollFd::new(signals, PollFlags::IN)];
        if is_guarded {
            ready.push(PollFd::new(guard, PollFlags::IN));
        }
        let timeout = suspension.as_ref().and_then(|suspension| suspension.patience(guard));
        if poll(&mut ready, timeout.as_ref()).is_err() {
            continue; // it was interrupted: the wrapper was stopped, and goes on
        }
        let [is_signalled, is_told] =
            [0, 1].map(|at| ready.get(at).is_some_and(|fd| !fd.revents().is_empty()));
        // First what the guard has to say, which may be the last before the program's end.
        if is_told {
            is_guarded = guard.hear();
            continue;
        }
        if !is_signalled {
            // Only now: what there was to read could have been the end of it.
            if let Some(under_way) = &mut suspension
                && under_way.go_on(guard).unwrap_or(true)
            {
                suspension = None;
            }
            continue;
        }
        match signals.next() {
            Ok(Some(Arrival::Child)) => {
                if let Some(status) = reap(guard.program()) {
                    // It fell to us, so its guard is gone; whom that had stopped with it is not to stay so.
                    while is_guarded {
                        is_guarded = guard.hear();
                    }
                    return exit_code(status);
                }
            }
            Ok(Some(arrival @ (Arrival::PassOn(number) | Arrival::OfTheJob(number)))) => {
                if arrival == Arrival::PassOn(number) {
                    tell(number, guard.pass_on(number));
                }
                if asks_for_the_end(number) {
                    guard.release_all();
                }
            }
            Ok(Some(Arrival::Suspend(signal))) => suspension = Some(Suspension::by(signal, guard)),
            Ok(Some(Arrival::Continue)) => {
                suspension = None;
                tell(Signal::CONT.as_raw(), resume(guard));
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "signals cannot be read"),
        }
    }
}

/// A program that is stopped still was not continued with us.
fn resume(guard: &Guard) -> io::Result<()> {
    let number = Signal::CONT.as_raw();
    if guard.program_is_stopped() { guard.signal(number) } else { guard.pass_on(number) }
}

fn tell(number: i32, passed_on: io::Result<()>) {
    if let Err(error) = passed_on {
        tracing::warn!(number, %error, "a signal could not be passed on");
    }
}

/// Reaps whatever has ended, since orphans fall to us when the guard is gone.
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
    let _ = writeln!(io::stderr(), "chaos-kitty-worker: {message}"); // the code tells it to those who do not read
    code
}
