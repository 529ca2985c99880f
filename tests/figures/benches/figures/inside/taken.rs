//! CPU time and memory taken inside a program, and beside one that is attached, as the kernel counts it for all processes
//! that have to do with it, against what was asked; beside stress-ng on the same request.

use crate::delivered::{LOOK, off, stress};
use chaos_kitty_bus::{Request, Value};
use chaos_kitty_figures::{Figure, Table, Target, Unit, alternate};
use chaos_kitty_tests::{Nest, Process, Wire, Workspace, vitals};
use std::thread::{park_timeout, scope};

const ROUNDS: usize = 5;
/// Seconds of a processor.
const CPU: u64 = 2;
/// MiB, and for how many seconds.
const SIZE: u64 = 256;
const HOLD: u64 = 1;
const MOST: f64 = 0.02;

/// Measures one host's strikes on two programs that do nothing.
pub(crate) fn measure(table: &mut Table) {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let worker = Workspace::built().worker();
    let inside = ["--inside", "--socket", "chaos.ipc", "--name", "inside", "--", "cat"];
    let inside = Process::start("a program with the library in it", nest.command(worker).args(inside));
    let attached = Process::start("a program", &mut nest.command("cat"));
    let pid = attached.pid().to_string();
    nest.operator().ask(&["attach", &pid, "--name", "attached"]);
    host.registered("inside");
    let has_rival = stress::is_there();
    if !has_rival {
        eprintln!("stress-ng is not installed: what is taken stands alone");
    }
    // Whose processes these are that take it: the wrapper's, and the host's.
    for (victim, whose, root) in
        [("inside", "inside a program", inside.pid()), ("attached", "beside an attached process", host.pid())]
    {
        let mut operator = Operator { wire: Wire::connect(host.socket()), victim, root };
        let mut rival = || off(stress::burnt(CPU), CPU as f64);
        let what = format!("CPU seconds taken {whose}, off what was asked");
        table.add(beside(what, &mut || off(operator.burn(), CPU as f64), has_rival.then_some(&mut rival)));
        let asked = (SIZE << 20) as f64;
        let mut rival = || off(stress::taken(SIZE), asked);
        let what = format!("resident size taken {whose}, off what was asked");
        table.add(beside(what, &mut || off(operator.fill(), asked), has_rival.then_some(&mut rival)));
    }
    drop((inside, attached));
    host.stop();
}

fn beside(what: String, ours: &mut dyn FnMut() -> f64, rival: Option<&mut impl FnMut() -> f64>) -> Figure {
    let series = match rival {
        Some(rival) => alternate(ROUNDS, &mut [ours, rival]),
        None => alternate(ROUNDS, &mut [ours]),
    };
    let figure = Figure::new("inside", what, series[0].median(), Unit::Share).target(Target::AtMost(MOST));
    match series.get(1) {
        Some(rival) => figure.beside("stress-ng", rival.median()),
        None => figure,
    }
}

/// An operator, its victim, and the process below which everything is that is done to it.
struct Operator {
    wire: Wire,
    victim: &'static str,
    root: i32,
}

impl Operator {
    fn strike<const N: usize>(&mut self, method: &str, options: [(&str, u64); N]) {
        let strike = Request::new("strike").argument(self.victim).argument(method);
        let outcome = self.wire.call("chaos", strike.option("options", Value::map(options)));
        let outcome = outcome.expect("a strike");
        assert_eq!(outcome.get("verdict").and_then(Value::as_str), Some("effective"), "{outcome:?}");
    }

    /// CPU seconds, in hundredths.
    fn burn(&mut self) -> f64 {
        let used = |root| -> f64 {
            let of = |pid| vitals::cpu_seconds(pid) + vitals::cpu_seconds_of_children(pid);
            vitals::family(root).into_iter().map(of).sum()
        };
        let before = used(self.root);
        self.strike("cpu_spin", [("duration", CPU)]);
        used(self.root) - before
    }

    /// The most bytes that are resident beyond what was before.
    fn fill(&mut self) -> f64 {
        let root = self.root;
        let resident = || vitals::family(root).into_iter().map(vitals::anonymous_share).sum::<u64>();
        let before = resident();
        let most = scope(|scope| {
            let options = [("size_mb", SIZE), ("hold_duration", HOLD)];
            let strike = scope.spawn(|| self.strike("allocate_memory", options));
            let mut most = before;
            while !strike.is_finished() {
                most = most.max(resident());
                park_timeout(LOOK);
            }
            most
        });
        (most - before) as f64
    }
}
