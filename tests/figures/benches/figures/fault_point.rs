//! An unarmed fault point, less the loop that it is hit in, beside the `fail` crate with its `failpoints` feature.

use chaos_kitty_figures::{Figure, Table, Target, Unit, alternate};
use chaos_kitty_worker::{Fault, fault_point, fault_point_async};
use fail::{FailScenario, fail_point};
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use tokio::time::Instant;

const HITS: u32 = 2_000_000;
const ROUNDS: usize = 25;
const NANOSECOND: f64 = 1e-9;

/// Measures the loops in turn.
pub(crate) fn measure(table: &mut Table) {
    let scenario = FailScenario::setup();
    let series = alternate(
        ROUNDS,
        &mut [
            &mut || each(nothing),
            &mut || each(ours),
            &mut || each(theirs),
            &mut || each(|turn| polled(nothing_async(turn))),
            &mut || each(|turn| polled(ours_async(turn))),
        ],
    );
    let [nothing, ours, fail, nothing_async, ours_async] =
        [0, 1, 2, 3, 4].map(|at: usize| series[at].median());
    fail::cfg("another", "off").expect("it is spelt right");
    let series = alternate(ROUNDS, &mut [&mut || each(self::nothing), &mut || each(theirs)]);
    let configured = series[1].median() - series[0].median();
    scenario.teardown();

    let figure = |what: &str, median| {
        let figure = Figure::new("fault_point", what, median, Unit::Seconds);
        figure.target(Target::AtMost(NANOSECOND))
    };
    let ours = ours - nothing;
    table.add(figure("an unarmed fault point, over an empty loop", ours).beside("`fail`", fail - nothing));
    table.add(figure("the same, with another point configured there", ours).beside("`fail`", configured));
    let figure = figure("an unarmed fault point in async code, over a loop", ours_async - nothing_async);
    table.add(figure.note("most of it is what any future costs that might have to wait"));
}

/// Seconds for each turn of a loop. What goes in and comes out is hidden from the optimiser, for all of them alike.
fn each<T>(mut turn: impl FnMut(u32) -> T) -> f64 {
    let start = Instant::now();
    for number in 0..HITS {
        black_box(turn(black_box(number)));
    }
    start.elapsed().as_secs_f64() / f64::from(HITS)
}

fn nothing(turn: u32) -> Result<u32, Fault> {
    Ok(turn)
}

fn ours(turn: u32) -> Result<u32, Fault> {
    fault_point!("figures.hit")?;
    Ok(turn)
}

fn theirs(turn: u32) -> Result<u32, String> {
    fail_point!("figures.hit", |message| Err(message.unwrap_or_default()));
    Ok(turn)
}

async fn nothing_async(turn: u32) -> Result<u32, Fault> {
    Ok(turn)
}

async fn ours_async(turn: u32) -> Result<u32, Fault> {
    fault_point_async!("figures.hit").await?;
    Ok(turn)
}

/// What a future answers that is ready at once.
fn polled<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => unreachable!("nothing is armed"),
    }
}
