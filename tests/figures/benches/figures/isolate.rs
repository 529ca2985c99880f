//! A call to an operation in a process of its own, as a host makes it, beside a bare ping-pong of two processes over the same
//! kind of socket, and beside the same call within the process; then a call of the host by the operation.

mod bare;
mod ground;

use crate::placement::Placement;
use chaos_kitty::plugin::{Child, Instance, Library, Operation, PrivateCopy, PrivateDirectory, State};
use chaos_kitty_figures::{Figure, Series, Table, Target, Unit, alternate};
use chaos_kitty_tests::Workspace;
use ground::Idle;
use std::hint::black_box;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};
use tokio::time::Instant;

const CALLS: u16 = 5_000;
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

/// Measures a call that finds nothing to do, either way: both processes on one processor, and each on its own.
pub(crate) fn measure(table: &mut Table) {
    let built = Workspace::build(&["--package", env!("CARGO_PKG_NAME"), "--example", "idle"]);
    let private = PrivateDirectory::new().expect("a directory");
    let copy = PrivateCopy::of(built.plugin("idle"), &private).expect("a plugin");
    let idle = copy.load().expect("it loads");
    let places = [
        ("on one processor", Some(Placement::one())),
        ("each on its own", Placement::two()),
        (ANYWHERE, Some(Placement::Anywhere)),
    ];
    for (place, placement) in places {
        if let Some(placement) = placement {
            measure_at(table, place, placement, &idle);
        }
    }
}

fn measure_at(table: &mut Table, place: &str, placement: Placement, idle: &Library) {
    let _placed = placement.place();
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let host = Host { idle: idle.clone(), runtime, placement };
    let [isolated, within] = [true, false].map(|isolated| host.operation(isolated, 0));
    let mut bare = placement.others(bare::Bare::start);
    let mut add = |what: &str, series: Vec<Series>| {
        let [isolated, ping, within] = [0, 1, 2].map(|at: usize| series[at].median());
        let figure = |rival, median| {
            let figure = Figure::new("isolate", format!("{what}, {place}"), isolated, Unit::Seconds);
            figure.beside(rival, median)
        };
        let beside = figure("a bare ping-pong of two processes", ping);
        table.add(match placement {
            Placement::At { .. } => beside.target(Target::RatioAtMost(3.0)),
            Placement::Anywhere => beside.note(NOTE),
        });
        table.add(figure("one within a process", within));
    };
    let calls = alternate(
        ROUNDS,
        &mut [
            &mut || each(|| isolated.remove(black_box(VICTIM)).expect("it does nothing")),
            &mut || each(|| bare.ping()),
            &mut || each(|| within.remove(black_box(VICTIM)).expect("it does nothing")),
        ],
    );
    add("a call to an isolated operation", calls);
    let calls = alternate(
        ROUNDS,
        &mut [&mut || host.answers(true), &mut || each(|| bare.ping()), &mut || host.answers(false)],
    );
    add("a call of the host by an isolated operation", calls);
}

const ANYWHERE: &str = "wherever the system puts them";
const NOTE: &str = "the system keeps the bare ping-pong on one processor, and wakes another for each step of the others, which costs \
                    more than all else: the same call within a process pays it too";

/// A host's way with the plugin `idle`.
struct Host {
    idle: Library,
    runtime: Runtime,
    placement: Placement,
}

impl Host {
    /// An operation that is to ask the host so often when it runs.
    fn operation(&self, isolated: bool, sleeps: u16) -> Operation {
        // A MessagePack map.
        let parameters = [b"\x81\xa6sleeps\xcd", &sleeps.to_be_bytes()[..]].concat();
        let (ground, handle) = (Arc::new(Idle), self.runtime.handle().clone());
        let name = if isolated { "isolated" } else { "within" };
        let built = || self.idle.construct(name, &parameters, isolated, ground, handle);
        self.placement.others(built).expect("it is built")
    }

    /// Seconds for each call of a run that asks, is answered, and asks again.
    fn answers(&self, isolated: bool) -> f64 {
        let operation = self.operation(isolated, CALLS);
        let start = Instant::now();
        let instance = Instance::start(operation, self.runtime.handle());
        let state = self.runtime.block_on(instance.reach(State::is_retired));
        let elapsed = start.elapsed();
        assert_eq!(state.to_string(), "retired: its run ended");
        elapsed.as_secs_f64() / f64::from(CALLS)
    }
}

/// Seconds for each.
fn each<T>(mut call: impl FnMut() -> T) -> f64 {
    let start = Instant::now();
    for _ in 0..CALLS {
        black_box(call());
    }
    start.elapsed().as_secs_f64() / f64::from(CALLS)
}
