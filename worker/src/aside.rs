//! Work that would block the worker's runtime, on a thread of its own.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use chaos_kitty_bus::Exception;
use tokio::sync::oneshot;

use crate::refusal::refusal;

/// Runs `work` on a new thread and answers what it answers. When the caller is dropped the thread finishes by itself:
/// whatever is long in `work` looks at its lease.
///
/// A thread for each call, not a pool: effects are rare, and an idle pool would wake the application up.
///
/// # Errors
/// RuntimeError when `work` panics; a refusal where the system has no thread to give.
pub(crate) async fn aside<T: Send + 'static>(
    method: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Exception> {
    let (sender, receiver) = oneshot::channel();
    let spawned = std::thread::Builder::new().name("chaos-kitty-aid".to_owned()).spawn(move || {
        let _ = sender.send(catch_unwind(AssertUnwindSafe(work)));
    });
    if let Err(error) = spawned {
        return Err(refusal(format!("{method}: the system gives no thread for it: {error}")));
    }
    match receiver.await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(panic)) => Err(Exception::runtime(format!("{method}: panicked: {}", panic_text(&*panic)))),
        Err(_) => Err(Exception::runtime(format!("{method}: its thread ended without an answer"))),
    }
}

/// What a panic said, where that was text.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&'static str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("(no message)")
}
