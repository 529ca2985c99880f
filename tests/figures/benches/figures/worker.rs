//! What a worker costs the process that it is in: its start, its memory, and its wake-ups while nothing happens.

use chaos_kitty_figures::{Figure, Series, Table, Target, Unit};
use chaos_kitty_tests::{Nest, Process, Workspace};
use std::fs;
use std::process::Command;
use std::sync::mpsc;
use std::time::Duration;

const PROCESSES: usize = 15;
/// For how long wake-ups are counted.
const IDLE: Duration = Duration::from_secs(5);
const PRIVATE: &str = "what `smaps_rollup` calls private, code that ran included: what the system gets back when the process \
    ends";

/// Measures processes that do nothing, with a worker and a host there, and without.
pub(crate) fn measure(table: &mut Table) {
    let built = Workspace::build(&["--package", env!("CARGO_PKG_NAME"), "--bins"]);
    let nest = Nest::new();
    let host = nest.quiet_host();
    let bystander = || Small::start(&mut nest.command(built.program("chaos-kitty-figures-bystander")));
    let victim = || {
        let mut command = nest.command(built.program("chaos-kitty-figures-victim"));
        Small::start(command.arg(host.socket()))
    };
    // One at a time, since what two of them share is nobody's own.
    let (victims, bystanders): (Vec<_>, Vec<_>) =
        (0..PROCESSES).map(|_| (victim().costs(), bystander().costs())).unzip();
    let median = |costs: &[Costs], of: fn(&Costs) -> f64| Series::of(costs.iter().map(of)).median();
    let idle = [victim(), bystander()];
    let before = idle.each_ref().map(Small::switches);
    let (_nobody, nothing) = mpsc::channel::<()>();
    let _ = nothing.recv_timeout(IDLE);
    let after = idle.each_ref().map(Small::switches);
    let [victim, bystander] = [0, 1].map(|at: usize| (after[at] - before[at]) as f64);
    drop(idle);
    host.stop();

    let figure = |what: &str, ours, unit| Figure::new("worker", what, ours, unit);
    let start =
        figure("a worker's start, in a victim", median(&victims, |costs| costs.started), Unit::Seconds);
    table.add(start.target(Target::AtMost(1e-3)));
    let registered = median(&victims, |costs| costs.registered);
    table.add(figure("until the host knows the victim", registered, Unit::Seconds));
    let memory = figure(
        "memory of a small process with a worker",
        median(&victims, |costs| costs.memory),
        Unit::Bytes,
    );
    let without = median(&bystanders, |costs| costs.memory);
    table.add(memory.beside("without", without).target(Target::OverAtMost(1_048_576.0)).note(PRIVATE));
    let what = format!("its wake-ups in {} idle seconds", IDLE.as_secs());
    let wakes = figure(&what, victim, Unit::Count).beside("without", bystander);
    table.add(wakes.target(Target::OverAtMost(0.0)));
}

/// A process that does nothing.
struct Small {
    process: Process,
    started: f64,
    registered: f64,
}

struct Costs {
    started: f64,
    registered: f64,
    memory: f64,
}

impl Small {
    fn start(command: &mut Command) -> Self {
        let process = Process::start("a small process", command);
        let line = process.said().wait("that it is there", |_| true);
        let seconds = |key: &str| line[key].as_f64().unwrap_or_default();
        Self { started: seconds("started"), registered: seconds("registered"), process }
    }

    fn costs(self) -> Costs {
        Costs { started: self.started, registered: self.registered, memory: self.memory() }
    }

    /// Bytes that are its own: what the system gets back when it ends. What it shares with others, such as libc's code,
    /// would be there without it.
    fn memory(&self) -> f64 {
        let maps =
            fs::read_to_string(format!("/proc/{}/smaps_rollup", self.process.pid())).expect("it is there");
        let private = maps.lines().filter(|line| line.starts_with("Private_"));
        let kilobytes = private.filter_map(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
        kilobytes.sum::<f64>() * 1024.0
    }

    /// How often one of its threads was given a processor.
    fn switches(&self) -> u64 {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.process.pid())).expect("it is there");
        let statuses = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("status")).ok());
        let count = |status: String| -> u64 {
            let counts = status.lines().filter(|line| line.contains("voluntary_ctxt_switches"));
            counts.filter_map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).sum()
        };
        statuses.map(count).sum()
    }
}
