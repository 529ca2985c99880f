//! A host's start and its rest: how long until it serves, and what it holds in memory, with five plugins and with none.

use crate::five::FIVE;
use chaos_kitty_figures::{Figure, Series, Table, Target, Unit};
use chaos_kitty_tests::{Nest, Workspace, vitals};
use std::os::unix::net::UnixStream;
use std::thread::park_timeout;
use std::time::Duration;
use tokio::time::Instant;

const STARTS: usize = 20;
/// How long after its start a host is at rest.
const SETTLING: Duration = Duration::from_secs(2);
const NONE: &str = "version = 1\ninstance = []\n";

/// Measures hosts one after another, each in a nest of its own, with plugins and without in turn.
pub(crate) fn measure(table: &mut Table) {
    Workspace::built();
    let starts: Vec<_> = (0..=STARTS).map(|_| [FIVE, NONE].map(start)).skip(1).collect();
    let [five, none] = [0, 1].map(|at: usize| Series::of(starts.iter().map(|both| both[at])).median());
    let figure =
        Figure::new("start", "from its start until a host with five plugins serves", five, Unit::Seconds);
    table.add(figure.beside("no plugin", none).target(Target::AtMost(0.03)));

    let [five, none] = [FIVE, NONE].map(rest);
    let megabytes = |bytes: u64| bytes as f64 / 1_048_576.0;
    let made_of = format!(
        "{:.1} MiB are its own memory ({:.1} without a plugin); the rest is code and constants of the programs and \
         libraries as their files have them, which the system counts for each process and holds once",
        megabytes(five.anonymous),
        megabytes(none.anonymous)
    );
    let figure = Figure::new(
        "start",
        "resident size of a host with five plugins, at rest",
        five.resident as f64,
        Unit::Bytes,
    );
    let figure = figure.beside("no plugin", none.resident as f64).target(Target::AtMost(8.0 * 1_048_576.0));
    table.add(figure.note(made_of));
}

/// Seconds from its spawn until a connection is taken.
fn start(configuration: &str) -> f64 {
    let nest = Nest::new();
    let plan = nest.host().configuration(configuration);
    let begun = Instant::now();
    let host = plan.start();
    UnixStream::connect(host.socket()).expect("it serves");
    let took = begun.elapsed().as_secs_f64();
    host.stop();
    took
}

/// Bytes of a host at rest.
struct Rest {
    resident: u64,
    anonymous: u64,
}

fn rest(configuration: &str) -> Rest {
    let nest = Nest::new();
    let host = nest.host().configuration(configuration).start();
    let begun = Instant::now();
    while begun.elapsed() < SETTLING {
        park_timeout(SETTLING.saturating_sub(begun.elapsed()));
    }
    let rest =
        Rest { resident: vitals::resident_bytes(host.pid()), anonymous: vitals::anonymous_bytes(host.pid()) };
    host.stop();
    rest
}
