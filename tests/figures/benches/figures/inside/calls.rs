//! One program many times, in turn: bare, with the library in it, and with what others preload.

use chaos_kitty_figures::{Figure, Series, Table, Target, Unit, alternate};
use chaos_kitty_tests::{Nest, Process, Workspace};
use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

const CALLS: u32 = 250_000;
const ROUNDS: usize = 161;
const NANOSECOND: f64 = 1e-9;

/// Measures them all.
pub(crate) fn measure(table: &mut Table) {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let built = Workspace::build(&["--package", env!("CARGO_PKG_NAME"), "--bins"]);
    let caller = built.program("chaos-kitty-figures-caller");
    let start = |name: &str, arguments: &[&OsStr]| Caller::start(&nest, name, arguments, caller);
    let worker = Workspace::built().worker().as_os_str();
    let inside = |name: &str| {
        let words = ["--inside", "--socket", "chaos.ipc", "--name", name, "--"].map(OsStr::new);
        start(name, &[&[worker][..], &words].concat())
    };
    let rival = |program: &str, words: &[&str]| {
        let there = Command::new(program).arg("--help").output().is_ok();
        if !there {
            eprintln!("{program} is not installed: ours stands alone");
        }
        let words: Vec<&OsStr> =
            std::iter::once(program).chain(words.iter().copied()).map(OsStr::new).collect();
        there.then(|| start(program, &words))
    };
    let (mut bare, mut ours) = (start("bare", &[]), inside("ours"));
    let mut fiu = rival("fiu-run", &["-x"]);
    for call in ["read", "malloc", "time"] {
        let wrapped_by_fiu = fiu.as_mut().filter(|_| call != "time");
        let [bare, ours, theirs] = in_turn(call, &mut bare, &mut ours, wrapped_by_fiu);
        let what = format!("an unarmed call of {call} in a program, over a bare one");
        let figure =
            Figure::new("inside", what, ours - bare, Unit::Seconds).target(Target::AtMost(2.0 * NANOSECOND));
        table.add(match theirs.is_nan() {
            true => figure,
            false => figure.beside("libfiu", theirs - bare),
        });
    }
    let mut faketime = rival("faketime", &["-f", "+0"]);
    let [bare_clock, unarmed, theirs] = in_turn("clock_gettime", &mut bare, &mut ours, faketime.as_mut());
    clock(
        table,
        "an unarmed read of the clock in a program, over a bare one",
        unarmed - bare_clock,
        theirs - bare_clock,
    );
    let mut faketime = rival("faketime", &["-f", "+1h"]);
    host.registered("ours");
    let shift = nest.operator().start(&["call", "ours", "shift_clock", "by=3600", "duration=3600"]);
    host.strikes("ours", "shift_clock");
    let [bare_clock, armed, theirs] = in_turn("clock_gettime", &mut bare, &mut ours, faketime.as_mut());
    clock(
        table,
        "a read of the clock that is an hour off, over a bare one",
        armed - bare_clock,
        theirs - bare_clock,
    );
    drop((shift, bare, ours, fiu, faketime));
    host.stop();
}

fn clock(table: &mut Table, what: &str, ours: f64, theirs: f64) {
    let figure = Figure::new("inside", what, ours, Unit::Seconds);
    table.add(if theirs.is_nan() { figure } else { figure.beside("libfaketime", theirs) });
}

/// Medians of seconds for each call; NaN for who is not there.
fn in_turn(call: &str, bare: &mut Caller, ours: &mut Caller, theirs: Option<&mut Caller>) -> [f64; 3] {
    let mut bare = || bare.makes(call);
    let mut ours = || ours.makes(call);
    let series = match theirs {
        Some(theirs) => alternate(ROUNDS, &mut [&mut bare, &mut ours, &mut || theirs.makes(call)]),
        None => alternate(ROUNDS, &mut [&mut bare, &mut ours]),
    };
    [0, 1, 2].map(|at: usize| series.get(at).map_or(f64::NAN, Series::median))
}

/// The program that makes calls.
struct Caller(Process);

impl Caller {
    /// Started by whatever comes before it.
    fn start(nest: &Nest, name: &str, before: &[&OsStr], program: &Path) -> Self {
        let mut line = before.iter().copied().chain([program.as_os_str()]);
        let mut command = nest.command(line.next().expect("a program"));
        // What a rival leaves behind is not the host's.
        command.env("TMPDIR", nest.path());
        Self(Process::start(name, command.args(line)))
    }

    fn makes(&mut self, call: &str) -> f64 {
        let mark = self.0.said().mark();
        self.0.tell(&format!("{call} {CALLS}"));
        let line = self.0.said().wait_after(mark, call, |line| line["seconds"].is_array());
        line["seconds"][0].as_f64().expect("seconds")
    }
}
