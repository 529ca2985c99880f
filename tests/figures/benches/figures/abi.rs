//! A call across the ABI, into a plugin that the loader brought, beside one on a boxed trait object that does the same work.

mod native;
mod plugin;

use chaos_kitty_figures::{Figure, Table, Unit, alternate};
use native::Native;
use std::hint::black_box;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use tokio::time::Instant;

const CALLS: u32 = 500_000;
const ROUNDS: usize = 15;
/// Nobody: the call looks, finds nothing to do, and comes back.
const VICTIM: u64 = 7;
const GUARDED: &str = "at every entry, each poll and the drop of a future among them, the plugin's side catches panics and \
    says on whose behalf it logs; the rival does neither";

/// Measures a plain call, a future that is ready, and one that yields once.
pub(crate) fn measure(table: &mut Table) {
    let [plugin, yields] = plugin::instances([0, 1]);
    let [native, native_yields] = [0, 1].map(<dyn Native>::boxed);
    let series = alternate(
        ROUNDS,
        &mut [
            &mut || each(|| plugin.remove(black_box(VICTIM))),
            &mut || each(|| native.remove(black_box(VICTIM))),
            &mut || each(|| awaited(plugin.run())),
            &mut || each(|| awaited(native.run())),
            &mut || each(|| awaited(yields.run())),
            &mut || each(|| awaited(native_yields.run())),
        ],
    );
    let mut figure = |what: &str, rival: &str, at: usize| {
        let figure = Figure::new("abi", what, series[at].median(), Unit::Seconds);
        table.add(figure.beside(rival, series[at + 1].median()).note(GUARDED));
    };
    figure("a call across the ABI", "a boxed trait object", 0);
    figure("an awaited one that is ready", "a boxed future", 2);
    figure("an awaited one that yields once", "a boxed future", 4);
}

/// Seconds for each.
fn each<T>(mut call: impl FnMut() -> T) -> f64 {
    let start = Instant::now();
    for _ in 0..CALLS {
        black_box(call());
    }
    start.elapsed().as_secs_f64() / f64::from(CALLS)
}

/// Polls a future again each time it has been woken.
fn awaited<T>(mut future: impl Future<Output = T> + Unpin) -> T {
    thread_local! {
        static WOKEN: (Arc<Woken>, Waker) = {
            let woken = Arc::new(Woken(AtomicBool::new(false)));
            (Arc::clone(&woken), woken.into())
        };
    }
    WOKEN.with(|(woken, waker)| {
        let mut context = Context::from_waker(waker);
        loop {
            match Pin::new(&mut future).poll(&mut context) {
                Poll::Ready(answer) => return answer,
                Poll::Pending => assert!(woken.0.swap(false, Ordering::AcqRel), "it waits and was not woken"),
            }
        }
    })
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}
