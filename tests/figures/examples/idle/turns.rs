//! What the plugin's `run` does, and its native rival's.

use std::future::poll_fn;
use std::task::Poll;

/// Yields so many times, and is woken each time.
pub(crate) async fn yielded(turns: u32) {
    let mut left = turns;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        // As whoever wakes it later has to keep it.
        let waker = context.waker().clone();
        waker.wake();
        Poll::Pending
    })
    .await;
}
