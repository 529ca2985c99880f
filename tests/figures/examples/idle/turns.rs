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
        context.waker().clone().wake();
        Poll::Pending
    })
    .await;
}
