//! CPU time and memory taken inside a program, and beside one that is attached, as the host sees it from /proc, against what
//! was asked; beside stress-ng on the same request.

use crate::delivered::{off, stress};
use chaos_kitty_bus::{Request, Value};
use chaos_kitty_figures::{Figure, Table, Target, Unit, alternate};
use chaos_kitty_tests::{Nest, Process, Wire, Workspace};

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
    for (victim, whose) in [("inside", "inside a program"), ("attached", "beside an attached process")] {
        let mut wire = Wire::connect(host.socket());
        let mut burnt =
            || off(seen(&mut wire, victim, "cpu_spin", [("duration", CPU)], "cpu_seconds"), CPU as f64);
        let mut rival = || off(stress::burnt(CPU), CPU as f64);
        let what = format!("CPU seconds taken {whose}, off what was asked");
        table.add(beside(what, &mut burnt, has_rival.then_some(&mut rival)));
        let asked = [("size_mb", SIZE), ("hold_duration", HOLD)];
        let mut taken = || off(seen(&mut wire, victim, "allocate_memory", asked, "resident_mb"), SIZE as f64);
        let mut rival = || off(stress::taken(SIZE), (SIZE << 20) as f64);
        let what = format!("resident size taken {whose}, off what was asked");
        table.add(beside(what, &mut taken, has_rival.then_some(&mut rival)));
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

/// What the host itself saw of a strike.
fn seen<const N: usize>(
    wire: &mut Wire,
    victim: &str,
    method: &str,
    options: [(&str, u64); N],
    figure: &str,
) -> f64 {
    let strike =
        Request::new("strike").argument(victim).argument(method).option("options", Value::map(options));
    let outcome = wire.call("chaos", strike).expect("a strike");
    let seen = outcome.get("seen").and_then(|seen| seen.get(figure)).and_then(Value::as_f64);
    seen.unwrap_or_else(|| panic!("the host sees it: {outcome:?}"))
}
