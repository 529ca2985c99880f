//! One program many times, in turn: bare, with the library in it, and with what others preload.

use chaos_kitty_figures::{Figure, Series, Table, Target, Unit, alternate};
use chaos_kitty_tests::{Nest, Process, Workspace};
use std::cell::RefCell;
use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

const CALLS: u32 = 250_000;
const ROUNDS: usize = 23;
/// From one process to the next of the same program a call of the kernel's differs by several nanoseconds.
const SETS: usize = 9;
const NANOSECOND: f64 = 1e-9;

/// Measures them all.
pub(crate) fn measure(table: &mut Table) {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let built = Workspace::build(&["--package", env!("CARGO_PKG_NAME"), "--bins"]);
    let caller = built.program("chaos-kitty-figures-caller");
    let start = |name: &str, before: &[&OsStr]| Caller::start(&nest, name, before, caller);
    let worker = Workspace::built().worker().as_os_str();
    let bare = |_: usize| start("bare", &[]);
    let ours = |name: &str| {
        let words = ["--inside", "--socket", "chaos.ipc", "--name", name, "--"].map(OsStr::new);
        start(name, &[&[worker][..], &words].concat())
    };
    let unarmed = |set: usize| ours(&format!("unarmed-{set}"));
    let rival = |words: &'static [&'static str]| {
        let there = Command::new(words[0]).arg("--help").output().is_ok();
        if !there {
            eprintln!("{} is not installed: ours stands alone", words[0]);
        }
        let start = move |_: usize| start(words[0], &words.iter().map(OsStr::new).collect::<Vec<_>>());
        there.then_some(start)
    };
    let fiu = rival(&["fiu-run", "-x"]);
    for call in ["read", "malloc", "time"] {
        let wrapped_by_fiu = fiu.as_ref().filter(|_| call != "time");
        let over = Over::bare(call, &bare, &unarmed, wrapped_by_fiu.map(|fiu| fiu as &Start));
        let what = format!("an unarmed call of {call} in a program, over a bare one");
        let figure =
            Figure::new("inside", what, over.ours, Unit::Seconds).target(Target::AtMost(2.0 * NANOSECOND));
        table.add(beside(figure, "libfiu", &over));
    }
    let faketime = rival(&["faketime", "-f", "+0"]);
    let over = Over::bare("clock_gettime", &bare, &unarmed, faketime.as_ref().map(|it| it as &Start));
    let what = "an unarmed read of the clock in a program, over a bare one";
    table.add(beside(Figure::new("inside", what, over.ours, Unit::Seconds), "libfaketime", &over));

    let faketime = rival(&["faketime", "-f", "+1h"]);
    let strikes = RefCell::new(Vec::new());
    let shifted = |set: usize| {
        let name = format!("shifted-{set}");
        let caller = ours(&name);
        host.registered(&*name);
        strikes.borrow_mut().push(nest.operator().start(&["call", &name, "shift_clock", "by=3600", "duration=3600"]));
        host.strikes(&name, "shift_clock");
        caller
    };
    let over = Over::bare("clock_gettime", &bare, &shifted, faketime.as_ref().map(|it| it as &Start));
    let what = "a read of the clock that is an hour off, over a bare one";
    table.add(beside(Figure::new("inside", what, over.ours, Unit::Seconds), "libfaketime", &over));
    drop(strikes);
    host.stop();
}

fn beside(figure: Figure, rival: &str, over: &Over) -> Figure {
    match over.theirs {
        Some(theirs) => figure.beside(rival, theirs),
        None => figure,
    }
}

/// How one of them is started, for a set.
type Start<'a> = dyn Fn(usize) -> Caller + 'a;

/// Seconds for each call beyond what a bare one takes.
struct Over {
    ours: f64,
    theirs: Option<f64>,
}

impl Over {
    /// In each set processes of their own take turns; what counts is the middle one of the sets.
    fn bare(call: &str, bare: &Start<'_>, ours: &Start<'_>, theirs: Option<&Start<'_>>) -> Self {
        let mut over = [Vec::new(), Vec::new()];
        for set in 0..SETS {
            let mut callers: Vec<Caller> =
                [Some(bare), Some(ours), theirs].into_iter().flatten().map(|start| start(set)).collect();
            let mut turns: Vec<_> = callers.iter_mut().map(|caller| || caller.makes(call)).collect();
            let mut turns: Vec<&mut dyn FnMut() -> f64> =
                turns.iter_mut().map(|turn| turn as &mut dyn FnMut() -> f64).collect();
            let medians: Vec<f64> = alternate(ROUNDS, &mut turns).iter().map(Series::median).collect();
            for (over, median) in over.iter_mut().zip(&medians[1..]) {
                over.push(median - medians[0]);
            }
        }
        let [ours, others] = over.map(|over| Series::of(over).median());
        Self { ours, theirs: theirs.map(|_| others) }
    }
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
