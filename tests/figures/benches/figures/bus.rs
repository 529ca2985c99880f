//! Round trips on the bus beside a bare ping-pong of the same bytes, and beside tarpc served in the way that is faster
//! for it; both ends in one process, one call after another, then 64 in flight.

mod bare;
mod ours;
mod tarpc;

use self::tarpc::Serving::{InTurn, Tasks};
use chaos_kitty_figures::{Figure, Table, Target, Unit, alternate};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

const CALLS: u32 = 19_200;
const IN_FLIGHT: u32 = 64;
const ROUNDS: usize = 9;
/// Each call's, ours and tarpc's.
const DEADLINE: Duration = Duration::from_secs(10);
/// What is asked, and what is answered.
const NUMBER: f64 = 1.5;
const TWO_THREADS: &str = "between 1.2 and 1.6 × tarpc from run to run, less on an idle machine: the callers that are \
    woken are shared out between the threads, and profiles show the time in waking the other one";

/// Measures on a runtime of one thread, and on one of two.
pub(crate) fn measure(table: &mut Table) {
    let one = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let two = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    for (threads, runtime) in [("one thread", &one), ("two threads", &two)] {
        let mut bare = || run(runtime, bare::calls());
        let ours = |in_flight| move || run(runtime, ours::calls(in_flight));
        let tarpc = |in_flight, serving| move || run(runtime, tarpc::calls(in_flight, serving));

        let (mut lone, mut tasks, mut in_turn) = (ours(1), tarpc(1, Tasks), tarpc(1, InTurn));
        let series = alternate(ROUNDS, &mut [&mut bare, &mut lone, &mut tasks, &mut in_turn]);
        let [bare, lone, tasks, in_turn] = [0, 1, 2, 3].map(|at: usize| series[at].median());
        let figure = |rival, median, target| {
            let what = format!("a call with a deadline, {threads}");
            Figure::new("bus", what, lone, Unit::Seconds).beside(rival, median).target(target)
        };
        table.add(figure("bare tokio ping-pong", bare, Target::RatioAtMost(1.4)));
        table.add(figure("tarpc", tasks.min(in_turn), Target::RatioAtMost(1.0)));

        let (mut many, mut tasks, mut in_turn) =
            (ours(IN_FLIGHT), tarpc(IN_FLIGHT, Tasks), tarpc(IN_FLIGHT, InTurn));
        let series = alternate(ROUNDS, &mut [&mut many, &mut tasks, &mut in_turn]);
        let [many, tasks, in_turn] = [0, 1, 2].map(|at: usize| 1.0 / series[at].median());
        let what = format!("calls with {IN_FLIGHT} in flight, {threads}");
        let figure = Figure::new("bus", what, many, Unit::PerSecond).beside("tarpc", tasks.max(in_turn));
        let figure = figure.target(Target::RatioAtLeast(1.5));
        table.add(if threads == "two threads" { figure.note(TWO_THREADS) } else { figure });
    }
}

/// Seconds for each call; on a task, as an application's calls are.
fn run(runtime: &Runtime, calls: impl Future<Output = Duration> + Send + 'static) -> f64 {
    let elapsed = runtime.block_on(async { tokio::spawn(calls).await.expect("it runs") });
    elapsed.as_secs_f64() / f64::from(CALLS)
}
