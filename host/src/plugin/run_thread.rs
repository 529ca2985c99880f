//! The thread on which an instance's run is polled, and no other's.

use std::panic::{self, AssertUnwindSafe};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::{io, mem};

use chaos_kitty_abi::{LocalFfiFuture, RResult};

use super::life::Life;
use super::{Fault, Operation};

type Ended = RResult<(), chaos_kitty_abi::Fault>;
type Run = LocalFfiFuture<Ended>;

/// Starts it. When it ends, the instance is retired, and when the instance is retired, it ends: at once, or when the
/// plugin comes back to it.
pub(super) fn start(operation: Arc<Operation>) -> io::Result<()> {
    let builder = thread::Builder::new().name(format!("run-{}", operation.name()));
    builder.spawn(move || {
        let life = operation.life();
        life.set_runner(thread::current());
        // The plugin's side catches its panics; this is for one that was built without our SDK.
        let why = panic::catch_unwind(AssertUnwindSafe(|| run(&operation)));
        life.fail(&why.unwrap_or_else(|_| "its run panicked".to_owned()));
    })?;
    Ok(())
}

/// Answers why it ended.
fn run(operation: &Operation) -> String {
    let life = operation.life();
    let begun = || {
        if !life.is_elsewhere() {
            life.begin();
        }
    };
    let answer = match poll_to_end(life, begun, || operation.run()) {
        Ok(answer) => answer,
        Err(why) => return why,
    };
    match answer.into_result().map_err(|bytes| Fault::from_bytes(&bytes)) {
        Ok(()) => "its run ended".to_owned(),
        Err(fault) if fault.is_panic() => fault.to_string(),
        Err(fault) => format!("its run ended with an error: {fault}"),
    }
}

/// Polls a run on this thread until it ends, and drops it; says so when it comes back from the first poll. An error is that it did not end: its life is over, or it panicked.
pub(super) fn poll_to_end(
    life: &Life,
    begun: impl FnOnce(),
    run: impl FnOnce() -> Run,
) -> Result<Ended, String> {
    let alarm = Arc::new(Alarm { thread: thread::current(), rung: AtomicBool::new(false) });
    let waker = Waker::from(alarm.clone());
    let mut context = Context::from_waker(&waker);
    let mut future = life.inside(run);
    let mut begun = Some(begun);
    let ended = loop {
        if life.is_over() {
            break Err(life.state().to_string());
        }
        let poll = || Pin::new(&mut future).poll(&mut context);
        // Only a plugin that was built without our SDK lets a panic come this far.
        match life.inside(|| panic::catch_unwind(AssertUnwindSafe(poll))) {
            Ok(Poll::Pending) => {
                if let Some(begun) = begun.take() {
                    begun();
                }
                alarm.wait(|| life.is_over());
            }
            Ok(Poll::Ready(answer)) => break Ok(answer),
            Err(_) => break Err("its run panicked".to_owned()),
        }
    };
    life.inside(|| mem::drop(future));
    ended
}

struct Alarm {
    thread: Thread,
    rung: AtomicBool,
}

impl Alarm {
    fn wait(&self, over: impl Fn() -> bool) {
        while !self.rung.swap(false, Ordering::AcqRel) && !over() {
            thread::park();
        }
    }
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.rung.swap(true, Ordering::AcqRel) {
            self.thread.unpark();
        }
    }
}
