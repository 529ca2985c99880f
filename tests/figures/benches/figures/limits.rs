//! A decision at the gate, before 10,000 victims: with all limits on, of everyone and of the operation, and without any. What
//! it is written down in is not part of it.

use chaos_kitty::backend::{Backend, BoxFuture, Report};
use chaos_kitty::configuration::{Configuration, Limits, Source};
use chaos_kitty::effect::Effect;
use chaos_kitty::gate::{Gate, Origin, Who, Wish};
use chaos_kitty::identity::{Peer, Process, Processes};
use chaos_kitty::roster::{Candidate, Kind, Roster};
use chaos_kitty::run::Run;
use chaos_kitty_bus::Value;
use chaos_kitty_figures::{Figure, Table, Target, Unit, alternate};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

const VICTIMS: u64 = 10_000;
/// Few, so that most rounds are over before anybody else has the processor.
const DECISIONS: usize = 200;
const ROUNDS: usize = 1_501;
const MICROSECOND: f64 = 1e-6;
/// From one victim to the next; it has no divisor in common with their number.
const STRIDE: u64 = 7_919;

const ALL: &str = "
effects = 1000
victims = \"30%\"
healthy = [{ label = \"tier\", least = 2 }, { label = \"zone\", least = \"50%\" }]
strikes_per_minute = 1000000
days = \"mon-sun\"
hours = [\"00:00-12:00\", \"12:00-24:00\"]
time_zone = \"Europe/Berlin\"
protected = [{ names = [\"database-*\"] }, { labels = { role = \"leader\" } }]
opt_in = { chaos = \"yes\" }
";

const NOTE: &str = "from a wish to a decision that counts; one system call is in it, which asks whether the process is still \
    there. Writing the decision into log and journal is not, nor is the effect";

/// Measures both gates in turn.
pub(crate) fn measure(table: &mut Table) {
    let none = gate("");
    let all = gate(&format!("[limits]{ALL}[limits.operations.yowl]{ALL}"));
    let mut victims = [0, 1].map(|_| (0..).map(|number: u64| 1 + number * STRIDE % VICTIMS));
    let [first, second] = &mut victims;
    let series = alternate(ROUNDS, &mut [&mut || each(&none, first), &mut || each(&all, second)]);
    let [none, all] = [0, 1].map(|at: usize| series[at].median());
    let figure =
        Figure::new("limits", "a decision with all limits on and 10,000 victims", all, Unit::Seconds);
    table.add(figure.beside("without limits", none).target(Target::AtMost(2.0 * MICROSECOND)).note(NOTE));
}

/// Seconds for each decision, all of which let somebody be struck. The effects end when all are decided.
fn each(gate: &Gate, victims: &mut impl Iterator<Item = u64>) -> f64 {
    let wishes: Vec<Wish> = victims.take(DECISIONS).map(wish).collect();
    let mut decided = Vec::with_capacity(DECISIONS);
    let start = Instant::now();
    for wish in wishes {
        decided.push(gate.decide(black_box(wish)));
    }
    let seconds = start.elapsed().as_secs_f64();
    let refused = decided.iter().find_map(|(_, strike)| strike.as_ref().err());
    assert!(refused.is_none(), "every limit allows it: {refused:?}");
    seconds / DECISIONS as f64
}

fn wish(victim: u64) -> Wish {
    Wish {
        origin: Origin::Instance {
            name: "loud".to_owned(),
            operation: "yowl".to_owned(),
            generation: Some(1),
        },
        victim: Who::Id(victim),
        selected: true,
        leaving: false,
        tick: None,
        method: "delay".to_owned(),
        arguments: Vec::new(),
        options: Value::map([("duration", 0.5)]),
        lease: None,
    }
}

/// A gate before victims that are all this process.
fn gate(text: &str) -> Arc<Gate> {
    let roster = Arc::new(Roster::default());
    let gate = Gate::new(Arc::new(Run::start(Some(9))), Arc::clone(&roster), false, false);
    gate.limit(&limits(text));
    let (ours, _theirs) = UnixStream::pair().expect("two sockets");
    let process =
        Peer::of(&ours, &Processes::default()).ok().and_then(|peer| peer.process).expect("this process");
    (0..VICTIMS).for_each(|number| drop(roster.add(candidate(number, &process))));
    gate
}

fn limits(text: &str) -> Limits {
    let text = format!("version = 1\n{text}");
    let (configuration, problems) = Configuration::parse(Source { file: "limits.toml".into(), text });
    assert!(problems.is_empty(), "{problems:?}");
    configuration.limits
}

fn candidate(number: u64, process: &Arc<Process>) -> Candidate {
    let labels = [("tier", number % 100), ("zone", number % 3)].map(|(key, value)| (key, value.to_string()));
    let labels = labels.into_iter().chain([("chaos", "yes".to_owned())]);
    Candidate {
        name: format!("web-{number}"),
        labels: labels.map(|(key, value)| (key.to_owned(), value)).collect::<BTreeMap<_, _>>(),
        methods: Some(["delay"].into_iter().collect()),
        process: Arc::clone(process),
        worker: Arc::clone(process),
        proven: true,
        kind: Kind::Linked,
        backend: Box::new(Nowhere),
        since: Duration::ZERO,
    }
}

/// The way to nobody: nothing is carried out.
#[derive(Debug)]
struct Nowhere;

impl Backend for Nowhere {
    fn carry_out<'a>(&'a self, _: u64, _: &'a Effect) -> BoxFuture<'a, Report> {
        Box::pin(async { Report::default() })
    }

    fn is_gone(&self) -> bool {
        false
    }

    fn end(&self, _: u64) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}
