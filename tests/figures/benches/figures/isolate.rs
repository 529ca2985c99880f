//! A call to an operation in a process of its own, as a host makes it, beside a bare ping-pong of two processes over the same
//! kind of socket, and beside the same call within the process.

mod bare;
mod ground;

use chaos_kitty::plugin::{Child, Operation, PrivateCopy, PrivateDirectory};
use chaos_kitty_figures::{Figure, Table, Target, Unit, alternate};
use chaos_kitty_tests::Workspace;
use ground::Idle;
use std::hint::black_box;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::runtime::{Builder, Handle};
use tokio::time::Instant;

const CALLS: u32 = 5_000;
const ROUNDS: usize = 15;
/// Nobody: the call looks, finds nothing to do, and comes back.
const VICTIM: u64 = 7;

/// What this program does where a host, or this bench, has started it as a child.
pub(crate) fn child() -> Option<ExitCode> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match &*arguments {
        [command, instance, copy] if command == Child::COMMAND => {
            Some(Child::carry_out(instance, Path::new(copy)))
        }
        [command] if command == bare::COMMAND => Some(bare::echo()),
        _ => None,
    }
}

/// Measures a call to an operation that finds nothing to do.
pub(crate) fn measure(table: &mut Table) {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let built = Workspace::build(&["--package", env!("CARGO_PKG_NAME"), "--example", "idle"]);
    let private = PrivateDirectory::new().expect("a directory");
    let copy = PrivateCopy::of(built.plugin("idle"), &private).expect("a plugin");
    let (isolated, within) = operations(&copy, runtime.handle());
    let mut bare = bare::Bare::start();
    let series = alternate(
        ROUNDS,
        &mut [
            &mut || each(|| isolated.remove(black_box(VICTIM)).expect("it does nothing")),
            &mut || each(|| bare.ping()),
            &mut || each(|| within.remove(black_box(VICTIM)).expect("it does nothing")),
        ],
    );
    let [isolated, bare, within] = [0, 1, 2].map(|at: usize| series[at].median());
    let figure = |rival, median| {
        Figure::new("isolate", "a call to an isolated operation", isolated, Unit::Seconds)
            .beside(rival, median)
    };
    table.add(figure("a bare ping-pong of two processes", bare).target(Target::RatioAtMost(3.0)));
    table.add(figure("a call across the ABI in one process", within));
}

/// One in a process of its own, and one in this.
fn operations(copy: &PrivateCopy, handle: &Handle) -> (Operation, Operation) {
    let parameters = b"\x81\xa5turns\x00"; // a MessagePack map
    let ground = Arc::new(Idle);
    let isolated = copy.construct_isolated("isolated", parameters, ground.clone(), handle.clone());
    let library = copy.load().expect("it loads");
    let within = library.construct("within", parameters, ground, handle.clone());
    (isolated.expect("it is built"), within.expect("it is built"))
}

/// Seconds for each.
fn each<T>(mut call: impl FnMut() -> T) -> f64 {
    let start = Instant::now();
    for _ in 0..CALLS {
        black_box(call());
    }
    start.elapsed().as_secs_f64() / f64::from(CALLS)
}
