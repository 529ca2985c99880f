//! Where a panic stops.
//!
//! One that reached the boundary would end the daemon, so every entry into an author's code goes through [`run`]. The
//! plugin has a panic hook of its own, which keeps message and place for the host and prints nothing.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::{Arc, Once};

use crate::link::Link;
use crate::{Error, forward};

thread_local! {
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Runs an author's code on behalf of an instance. A panic becomes an error of kind `panic`, with its place.
pub(crate) fn run<T>(link: &Arc<Link>, code: impl FnOnce() -> T) -> Result<T, Error> {
    let _logging = forward::on_behalf_of(link);
    DEPTH.set(DEPTH.get() + 1);
    let result = panic::catch_unwind(AssertUnwindSafe(code));
    DEPTH.set(DEPTH.get() - 1);
    result.map_err(|payload| {
        let message = message(&*payload);
        // A payload may panic when dropped. Only an author's own type could, so only that is leaked.
        if !payload.is::<&'static str>() && !payload.is::<String>() {
            std::mem::forget(payload);
        }
        Error::panic(message, PLACE.take())
    })
}

/// Runs an author's destructor, of which nobody awaits a result: a panic is logged.
pub(crate) fn drop_quietly(link: &Arc<Link>, what: &str, code: impl FnOnce()) {
    if let Err(error) = run(link, code) {
        let _logging = forward::on_behalf_of(link);
        tracing::error!("dropping {what} {error}");
    }
}

/// Once for each library: all its instances share one panic machinery.
pub(crate) fn install_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| panic::set_hook(Box::new(hook)));
}

fn hook(info: &PanicHookInfo<'_>) {
    let place = info.location().map(|location| format!("{}:{}", location.file(), location.line()));
    if DEPTH.get() > 0 {
        let _ = PLACE.try_with(|kept| kept.replace(place));
    } else {
        // A thread of the author's own, which nobody else would report.
        let place = place.unwrap_or_else(|| "an unknown place".into());
        tracing::error!("a thread of the plugin's own panicked at {place}: {}", message(info.payload()));
    }
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&'static str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".to_owned())
}
