//! Waking a task at an instant, exactly.

use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};
use tokio::io::{Interest, unix::AsyncFd};

use crate::clock;

/// Sleeps until `deadline`, to a fraction of a millisecond.
///
/// The runtime's own sleep counts in whole milliseconds and comes about one late, which is more than a short lease may
/// miss; the kernel's timer wakes us through the same epoll. Without a file descriptor to spare, the runtime's has to do.
pub(crate) async fn sleep_until(deadline: Instant) {
    let left = deadline.saturating_duration_since(clock::now());
    if left.is_zero() {
        return;
    }
    let woken = match timer(left) {
        Ok(timer) => timer.readable().await.map(drop),
        Err(error) => Err(error),
    };
    if woken.is_err() {
        tokio::time::sleep_until(deadline.into()).await;
    }
}

#[expect(unsafe_code, reason = "the runtime takes a bare descriptor only on our word")]
fn timer(left: Duration) -> std::io::Result<AsyncFd<OwnedFd>> {
    let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK)?;
    let it_value = Timespec::try_from(left).map_err(std::io::Error::other)?;
    let it_interval = Timespec { tv_sec: 0, tv_nsec: 0 };
    timerfd_settime(&timer, TimerfdTimerFlags::empty(), &Itimerspec { it_interval, it_value })?;
    // SAFETY: an OwnedFd is open and the same for as long as it lives, and the AsyncFd owns it from here on.
    Ok(unsafe { AsyncFd::register_with_interest(timer, Interest::READABLE) }?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_wakes_before_the_deadline_and_needs_no_future_one() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let deadline = clock::now() + Duration::from_millis(5);
            sleep_until(deadline).await;
            assert!(clock::now() >= deadline);
            sleep_until(deadline).await;
        });
    }
}
