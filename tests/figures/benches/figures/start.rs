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
        "{:.1} MiB are its own memory; the rest is code and constants as their files have them: {:.1} of the plugins, of \
         which each brings a copy of Rust's standard library, {:.1} of the host, {:.1} of libc and its like, which all \
         programs share. Tried: optimizing each plugin as a whole (fat LTO) saves 0.1 of each, and doubles the time of \
         a release build",
        megabytes(five.own),
        megabytes(five.plugins),
        megabytes(five.program),
        megabytes(five.system)
    );
    let figure = Figure::new(
        "start",
        "resident size of a host with five plugins, at rest",
        five.resident() as f64,
        Unit::Bytes,
    );
    let figure = figure.beside("no plugin", none.resident() as f64).target(Target::AtMost(8.0 * 1_048_576.0));
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

/// Bytes of a host at rest, by where they come from.
#[derive(Default)]
struct Rest {
    /// From no file.
    own: u64,
    program: u64,
    plugins: u64,
    system: u64,
}

impl Rest {
    fn resident(&self) -> u64 {
        self.own + self.program + self.plugins + self.system
    }
}

fn rest(configuration: &str) -> Rest {
    let nest = Nest::new();
    let host = nest.host().configuration(configuration).start();
    let begun = Instant::now();
    while begun.elapsed() < SETTLING {
        park_timeout(SETTLING.saturating_sub(begun.elapsed()));
    }
    let mut rest = Rest::default();
    for (path, resident, anonymous) in vitals::mappings(host.pid()) {
        rest.own += anonymous;
        *match &*path {
            // The host's own copies.
            path if path.contains("/chaos-kitty-plugins-") => &mut rest.plugins,
            path if path.ends_with("/chaos-kitty") => &mut rest.program,
            _ => &mut rest.system,
        } += resident - anonymous;
    }
    host.stop();
    rest
}
