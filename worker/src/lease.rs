//! A lease: how long an effect may last, and how everyone whom it holds learns that it is over.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use crate::clock;

/// Ends on its deadline, or earlier by [`Lease::end`]; once over, it stays so.
///
/// Threads that wait know the deadline and need nobody to wake them. Futures are woken by `end`, which whoever started
/// the effect calls on the deadline (see `Effect::run_out`).
#[derive(Debug)]
pub(crate) struct Lease {
    deadline: Instant,
    over: AtomicBool,
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Debug, Default)]
struct State {
    ended_at: Option<Instant>,
    wakers: Vec<(u64, Waker)>,
    next_key: u64,
}

impl Lease {
    pub(crate) fn of(length: Duration) -> Arc<Lease> {
        let deadline = clock::now() + length;
        Arc::new(Lease {
            deadline,
            over: AtomicBool::new(false),
            state: Mutex::default(),
            ended: Condvar::new(),
        })
    }

    pub(crate) fn deadline(&self) -> Instant {
        self.deadline
    }

    pub(crate) fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire) || clock::now() >= self.deadline
    }

    /// When it ended; `None` while it runs.
    pub(crate) fn ended_at(&self) -> Option<Instant> {
        self.state().ended_at.or_else(|| (clock::now() >= self.deadline).then_some(self.deadline))
    }

    /// Ends it now; the second time does nothing.
    pub(crate) fn end(&self) {
        let wakers = {
            let mut state = self.state();
            if state.ended_at.is_none() {
                state.ended_at = Some(clock::now().min(self.deadline));
            }
            self.over.store(true, Ordering::Release);
            std::mem::take(&mut state.wakers)
        };
        self.ended.notify_all();
        for (_, waker) in wakers {
            waker.wake();
        }
    }

    /// Blocks the calling thread until the lease is over.
    pub(crate) fn wait(&self) {
        self.wait_until(self.deadline);
    }

    /// Blocks the calling thread until the lease is over or `instant` has come.
    pub(crate) fn wait_until(&self, instant: Instant) {
        let until = instant.min(self.deadline);
        let mut state = self.state();
        while state.ended_at.is_none() {
            let left = until.saturating_duration_since(clock::now());
            if left.is_zero() {
                return;
            }
            state = self.ended.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Resolves when the lease is over. Needs no runtime.
    pub(crate) fn over(self: &Arc<Self>) -> Over {
        Over { lease: Arc::clone(self), key: None }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The future of [`Lease::over`]. Dropping it leaves nothing behind in the lease.
pub(crate) struct Over {
    lease: Arc<Lease>,
    key: Option<u64>,
}

impl Future for Over {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let mut state = this.lease.state();
        if state.ended_at.is_some() || clock::now() >= this.lease.deadline {
            return Poll::Ready(());
        }
        let key = match this.key {
            Some(key) => key,
            None => {
                state.next_key += 1;
                state.next_key
            }
        };
        // Whatever hangs on the waker that is replaced is dropped when the lock is released: it may be a task that waits here.
        let _replaced = match state.wakers.iter_mut().find(|(known, _)| *known == key) {
            Some((_, waker)) => Some(std::mem::replace(waker, context.waker().clone())),
            None => {
                state.wakers.push((key, context.waker().clone()));
                None
            }
        };
        drop(state);
        this.key = Some(key);
        Poll::Pending
    }
}

impl Drop for Over {
    fn drop(&mut self) {
        let Some(key) = self.key else { return };
        let mut state = self.lease.state();
        let at = state.wakers.iter().position(|(known, _)| *known == key);
        let _forgotten = at.map(|at| state.wakers.swap_remove(at));
        drop(state); // first, as in poll
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;
    use std::task::Wake;

    struct Count(AtomicUsize);
    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn a_waiting_thread_goes_on_at_the_deadline_without_being_told() {
        let lease = Lease::of(Duration::from_millis(20));
        lease.wait();
        assert!(lease.is_over());
        assert_eq!(lease.ended_at(), Some(lease.deadline()));
    }

    #[test]
    fn ending_early_frees_threads_and_wakes_futures() {
        let lease = Lease::of(Duration::from_secs(3600));
        let count = Arc::new(Count(AtomicUsize::new(0)));
        let waker = Waker::from(Arc::clone(&count));
        let mut over = lease.over();
        assert!(Pin::new(&mut over).poll(&mut Context::from_waker(&waker)).is_pending());
        assert!(Pin::new(&mut over).poll(&mut Context::from_waker(&waker)).is_pending());
        let waiting = {
            let lease = Arc::clone(&lease);
            std::thread::spawn(move || lease.wait())
        };
        lease.end();
        waiting.join().unwrap();
        assert_eq!(count.0.load(Ordering::SeqCst), 1);
        assert!(Pin::new(&mut over).poll(&mut Context::from_waker(&waker)).is_ready());
        assert!(lease.ended_at().unwrap() < lease.deadline());
    }

    #[test]
    fn a_dropped_future_is_forgotten() {
        let lease = Lease::of(Duration::from_secs(3600));
        let count = Arc::new(Count(AtomicUsize::new(0)));
        let waker = Waker::from(Arc::clone(&count));
        let mut over = lease.over();
        assert!(Pin::new(&mut over).poll(&mut Context::from_waker(&waker)).is_pending());
        drop(over);
        lease.end();
        assert_eq!(count.0.load(Ordering::SeqCst), 0);
    }
}
