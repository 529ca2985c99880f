//! What is asked beside what is delivered: delays on the victim's own clock, CPU seconds and resident memory as the
//! kernel counts them from outside.

pub(crate) mod stress;

use chaos_kitty_bus::{Request, Value};
use chaos_kitty_figures::{Figure, Series, Table, Target, Unit, alternate};
use chaos_kitty_tests::{Host, Json, Nest, Process, Victim, Wire, Workspace, vitals};
use std::thread::{park_timeout, scope};
use std::time::Duration;
use tokio::time::Instant;

/// Of so many the 99th percentile is the tenth worst: of a few hundred it would be one moment of the machine.
const DELAYS: u64 = 1_000;
const ROUNDS: usize = 3;
/// Seconds of a processor.
const CPU: u64 = 2;
/// MiB, and for how many seconds.
const SIZE: u64 = 128;
const HOLD: f64 = 0.5;
/// Between two looks at a size.
pub(crate) const LOOK: Duration = Duration::from_millis(10);

/// Measures one host's strikes on one victim, as an operator asks for them.
pub(crate) fn measure(table: &mut Table) {
    delays(table);
    if !stress::is_there() {
        eprintln!("stress-ng is not installed: CPU seconds and resident size stand alone");
    }
    let nest = Nest::new();
    let host = nest.quiet_host();
    let built = Workspace::build(&["--package", env!("CARGO_PKG_NAME"), "--bins"]);
    let mut command = nest.command(built.program("chaos-kitty-figures-victim"));
    let victim = Process::start("a victim", command.arg(host.socket()));
    let mut operator = Operator::of(&host, victim.pid());
    let burnt = || off(operator.burn(), CPU as f64);
    let figure = beside(burnt, || off(stress::burnt(CPU), CPU as f64), "CPU seconds, off what was asked");
    table.add(figure);
    let mut operator = Operator::of(&host, victim.pid());
    let asked = (SIZE << 20) as f64;
    let taken = || off(operator.fill(), asked);
    let figure = beside(taken, || off(stress::taken(SIZE), asked), "resident size, off what was asked");
    table.add(figure);
    drop(victim);
    host.stop();
}

/// By which share something misses what was asked, either way.
pub(crate) fn off(delivered: f64, asked: f64) -> f64 {
    (delivered - asked).abs() / asked
}

fn beside(mut ours: impl FnMut() -> f64, mut rival: impl FnMut() -> f64, what: &str) -> Figure {
    let both: &mut [&mut dyn FnMut() -> f64] = &mut [&mut ours, &mut rival];
    let contestants = if stress::is_there() { both } else { &mut both[..1] };
    let series = alternate(ROUNDS, contestants);
    let figure = Figure::new("delivered", what, series[0].median(), Unit::Share).target(Target::AtMost(0.02));
    match series.get(1) {
        Some(rival) => figure.beside("stress-ng", rival.median()),
        None => figure,
    }
}

/// What the machine makes of a wish to wait, which nobody's delay can better for sure.
const BARE: &str = "a thread that waits as long";

fn overslept(time: Duration) -> f64 {
    let begun = Instant::now();
    while begun.elapsed() < time {
        park_timeout(time.saturating_sub(begun.elapsed()));
    }
    (begun.elapsed() - time).as_secs_f64()
}

/// Delays of 1 to 100 ms at a fault point that the application comes by all the time.
fn delays(table: &mut Table) {
    let nest = Nest::new();
    let (host, victim) = (nest.quiet_host(), nest.victim("busy").restless().start());
    let mut operator = Operator::of(&host, victim.pid());
    let mut bare = Vec::new();
    let delays: Vec<Delay> = (0..DELAYS)
        .map(|number| 1 + number * 37 % 100)
        .map(|milliseconds| {
            bare.push(overslept(Duration::from_millis(milliseconds)));
            operator.delay(&victim, milliseconds)
        })
        .collect();
    let bare = Series::of(bare);
    drop(victim);
    host.stop();
    let series = |of: fn(&Delay) -> f64| Series::of(delays.iter().map(of));
    let figure = |what: &str, ours| Figure::new("delivered", what, ours, Unit::Seconds);
    let over = series(|delay| delay.held - delay.asked);
    let worst = figure("a delay at a fault point, over what was asked, 99th percentile", over.at(0.99));
    table.add(worst.beside(BARE, bare.at(0.99)).target(Target::AtMost(0.001)));
    table.add(figure("the same, median", over.median()).beside(BARE, bare.median()));
    let called = series(|delay| delay.called - delay.asked);
    table.add(figure("the same with the operator's call around it, median", called.median()));
    let told = series(|delay| (delay.told - delay.held).abs());
    table.add(figure("what the victim reports, off its application's clock, 99th percentile", told.at(0.99)));
}

/// Seconds of one delay.
struct Delay {
    asked: f64,
    /// As the application saw it at its fault point.
    held: f64,
    /// As the worker reported it.
    told: f64,
    /// As the operator waited for it.
    called: f64,
}

/// An operator, and its victim.
struct Operator {
    wire: Wire,
    id: u64,
    pid: i32,
}

impl Operator {
    fn of(host: &Host, pid: i32) -> Self {
        let id = host.registered(pid).id;
        Self { wire: Wire::connect(host.socket()), id, pid }
    }

    /// What the victim reports of it.
    fn strike<const N: usize>(&mut self, method: &str, options: [(&str, Value); N]) -> Value {
        let strike = Request::new("strike").argument(self.id).argument(method);
        let outcome = self.wire.call("chaos", strike.option("options", Value::map(options)));
        outcome.expect("a strike").get("observed").cloned().expect("an observation")
    }

    fn delay(&mut self, victim: &Victim, milliseconds: u64) -> Delay {
        let asked = milliseconds as f64 / 1000.0;
        let (mark, begun) = (victim.log().mark(), Instant::now());
        let observed = self.strike("delay", [("duration", asked.into())]);
        let called = begun.elapsed().as_secs_f64();
        let told = observed.get("seconds_held").and_then(Value::as_f64).expect("seconds");
        // What is much shorter is none of ours: the application had lost its processor for a moment.
        let held = |line: &Json| line["seconds"].as_f64().filter(|held| *held > told / 2.0);
        let passed = victim.log().wait_after(mark, "that it passes", |line| held(line).is_some());
        Delay { asked, held: held(&passed).expect("seconds"), told, called }
    }

    fn burn(&mut self) -> f64 {
        let before = vitals::cpu_time(self.pid);
        self.strike("cpu_spin", [("duration", CPU.into())]);
        (vitals::cpu_time(self.pid) - before).as_secs_f64()
    }

    /// The most that is resident beyond what was before.
    fn fill(&mut self) -> f64 {
        let pid = self.pid;
        let before = vitals::anonymous_bytes(pid);
        let most = scope(|scope| {
            let options = [("size_mb", SIZE.into()), ("hold_duration", HOLD.into())];
            let strike = scope.spawn(|| self.strike("allocate_memory", options));
            let mut most = before;
            while !strike.is_finished() {
                most = most.max(vitals::anonymous_bytes(pid));
                park_timeout(LOOK);
            }
            most
        });
        (most - before) as f64
    }
}
