//! Carries an operation's run through the test's time.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{self, Poll, Wake, Waker};
use std::time::Duration;

use chaos_kitty_abi::{Fault, LocalFfiFuture, RResult};

use super::pretend_host::PretendHost;
use crate::Error;

/// A run that has begun.
pub(super) struct Runner {
    run: Pin<Box<LocalFfiFuture<RResult<(), Fault>>>>,
    woken: Arc<Woken>,
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// How often a run may wake itself while the clock stands.
const MOST_TURNS: u32 = 10_000;

impl Runner {
    pub(super) fn new(run: LocalFfiFuture<RResult<(), Fault>>) -> Self {
        Self { run: Box::pin(run), woken: Arc::new(Woken(AtomicBool::new(true))) }
    }

    /// # Errors
    /// What is wrong with the operation, for the test's panic.
    pub(super) fn run_for(&mut self, host: &PretendHost, time: Duration) -> Result<(), String> {
        let until = host.now() + time;
        loop {
            self.settle()?;
            match host.next() {
                Some(next) if next <= until => host.reach(next),
                Some(_) => break,
                None => {
                    return Err(
                        "the operation waits for something that is not the host's: here only a tick, \
                                a sleep or a strike of its context comes"
                            .to_owned(),
                    );
                }
            }
        }
        host.reach(until);
        Ok(())
    }

    /// Polls for as long as there is something to do now.
    fn settle(&mut self) -> Result<(), String> {
        let waker = Waker::from(Arc::clone(&self.woken));
        let mut turns = 0;
        while self.woken.0.swap(false, Ordering::Relaxed) {
            if let Poll::Ready(result) = self.run.as_mut().poll(&mut task::Context::from_waker(&waker)) {
                return Err(end(result));
            }
            turns += 1;
            if turns == MOST_TURNS {
                return Err(format!("the operation woke itself {MOST_TURNS} times while no time passed"));
            }
        }
        Ok(())
    }
}

fn end(result: RResult<(), Fault>) -> String {
    match result.into_result().map_err(|fault| Error::from_fault(&fault)) {
        Ok(()) => "the operation's run ended: it is to go on until the host goes down".to_owned(),
        Err(error) if error.kind() == "panic" => format!("the operation panicked: {}", error.message()),
        Err(error) => format!("the operation's run ended with an error: {error}"),
    }
}
