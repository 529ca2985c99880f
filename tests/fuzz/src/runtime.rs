//! One runtime for all inputs. Its clock stands still while anything goes on, and jumps where all wait: what never comes is known
//! at once.

use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// Longer than anything here waits for.
const NEVER: Duration = Duration::from_secs(3600 * 24 * 365);

thread_local! {
    static RUNTIME: Runtime = Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime can be had");
}

/// Lets a story happen to its end, and looks that nothing goes on after it.
///
/// # Panics
/// If it does not end, or something outlives it.
pub fn happens<T>(story: impl Future<Output = T>) -> T {
    RUNTIME.with(|runtime| {
        let result = runtime.block_on(async { tokio::time::timeout(NEVER, story).await });
        let result = result.expect("everything waits, and nothing will come");
        runtime.block_on(rest());
        assert_eq!(runtime.metrics().num_alive_tasks(), 0, "something goes on after the end");
        result
    })
}

/// Lets the others go on until all of them wait: the clock moves no sooner.
pub async fn rest() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}
