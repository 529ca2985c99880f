//! What it costs to write everything down: strikes a second with a journal and without, through the whole host.

use crate::victims::Crowd;
use chaos_kitty_figures::{Figure, Table, Target, Unit, alternate};
use chaos_kitty_tests::{Host, Nest};

/// Strikes of a round.
const STRIKES: usize = 2_000;
const ROUNDS: usize = 301;
const VICTIMS: usize = 10_000;
const CROWDS: usize = 3;
const NOTE: &str = "two records and two lines of the log for each strike; beside it a host whose journal is /dev/null, for which \
    nothing is sealed or written";

/// Measures two hosts, each with one victim of its own, that take turns.
pub(crate) fn measure(table: &mut Table) {
    let (nest, other) = (Nest::new(), Nest::new());
    let quiet = |nest: &Nest, arguments: &[&str]| {
        let host = nest.host().configuration("version = 1\ninstance = []\n").arguments(arguments).start();
        let mut crowd = Crowd::beside(nest, &host);
        crowd.does("arrive 1");
        (host, crowd)
    };
    let (written, mut with): (Host, Crowd) = quiet(&nest, &[]);
    let (silent, mut without) = quiet(&other, &["--journal", "/dev/null"]);
    let series = alternate(ROUNDS, &mut [&mut || volley(&mut with), &mut || volley(&mut without)]);
    let arrivals = alternate(CROWDS, &mut [&mut || arrival(&mut with), &mut || arrival(&mut without)]);
    drop((with, without));
    written.stop();
    silent.stop();
    let [ours, bare] = [0, 1].map(|at: usize| series[at].median());
    let figure = Figure::new(
        "journal",
        "strikes a second, 64 at a time on one victim, journalled",
        ours,
        Unit::PerSecond,
    );
    table.add(figure.beside("without a journal", bare).target(Target::RatioAtLeast(0.95)).note(NOTE));
    let [ours, bare] = [0, 1].map(|at: usize| arrivals[at].median());
    let what = "registrations a second, of 10,000 at once, journalled";
    let figure = Figure::new("journal", what, ours, Unit::PerSecond);
    table.add(figure.beside("without a journal", bare));
}

/// Registrations a second. They leave again, which is not counted.
fn arrival(crowd: &mut Crowd) -> f64 {
    crowd.does("leave");
    let seconds = crowd.does(&format!("arrive {VICTIMS}")).median();
    VICTIMS as f64 / seconds
}

/// Strikes a second.
fn volley(crowd: &mut Crowd) -> f64 {
    STRIKES as f64 / crowd.does(&format!("volley {STRIKES}")).median()
}
