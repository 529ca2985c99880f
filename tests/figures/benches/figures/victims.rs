//! A host with many victims: how fast they come, what each of them costs, how long `status` and a strike take, and what
//! stays when they have gone.

use crate::five::FIVE;
use chaos_kitty_figures::{Figure, Growth, Series, Table, Target, Unit};
use chaos_kitty_tests::{Host, Nest, Process, Workspace, vitals};
use std::thread::park_timeout;
use std::time::Duration;
use tokio::time::Instant;

const SIZES: [u64; 4] = [10, 100, 1_000, 10_000];
const HOSTS: usize = 3;
const STRIKES: usize = 500;
const QUESTIONS: usize = 21;
/// How long after a departure memory has been given back.
const GIVING_BACK: Duration = Duration::from_secs(2);
/// For how long nothing happens.
const REST: Duration = Duration::from_secs(5);

/// What holds a figure back.
const NOTES: [(&str, &str); 2] = [
    (
        "registrations",
        "the crowd's own work is in it, and takes as much of the processors as the host's: with a processor for each, \
         23,000 /s were seen, and 12,000 where the machine is shared",
    ),
    (
        "host's memory for a victim",
        "it varies by 0.1 KiB from run to run, with where the allocator finds room; tried and kept: lists of methods that \
         victims share, one introduction for all instances, the way to the host once for each instance",
    ),
];

/// Measures crowds of each size, several hosts one after another, each with a crowd of its own.
pub(crate) fn measure(table: &mut Table) {
    let sizes = SIZES.map(|size| (size, (0..HOSTS).map(|_| Seen::of(size)).collect::<Vec<_>>()));
    let growth = |what: &str, unit, of: fn(&Seen) -> f64| {
        let points = sizes.each_ref().map(|(size, seen)| (*size, Series::of(seen.iter().map(of)).median()));
        (Growth::new("victims", what, unit, points), points[SIZES.len() - 1].1)
    };
    let mut show = |what: &str, unit, target, of: fn(&Seen) -> f64| {
        let (growth, most) = growth(what, unit, of);
        let figure = Figure::new("victims", format!("{what}, with 10,000 victims"), most, unit);
        let figure = match target {
            Some(target) => figure.target(target),
            None => figure,
        };
        table.add(match NOTES.iter().find(|(whose, _)| *whose == what) {
            Some((_, note)) => figure.note(*note),
            None => figure,
        });
        table.grow(growth);
    };
    let second = Unit::PerSecond;
    show("registrations", second, Some(Target::AtLeast(20_000.0)), |seen| seen.registered);
    show("host's memory for a victim", Unit::Bytes, Some(Target::AtMost(4096.0)), |seen| seen.memory);
    show("`status`", Unit::Seconds, Some(Target::AtMost(0.02)), |seen| seen.status);
    show("`chaos-kitty status`, the command", Unit::Seconds, None, |seen| seen.command);
    let strike = Some(Target::AtMost(0.001));
    show("from an operator's word to the victim's method", Unit::Seconds, strike, |seen| {
        seen.strike.median()
    });
    show("the same, 99th percentile", Unit::Seconds, None, |seen| seen.strike.at(0.99));
    show("until the host has forgotten all that left at once", Unit::Seconds, None, |seen| seen.departure);
    show("host's memory for a victim that has left, 2 s later", Unit::Bytes, None, |seen| seen.left);
    // Not a tick of the system's clock, which has a hundred a second. Nothing grows: no plot.
    let rest = Series::of(sizes[SIZES.len() - 1].1.iter().map(|seen| seen.rest)).median();
    let figure =
        Figure::new("victims", "CPU of the host with none struck, with 10,000 victims", rest, Unit::Share);
    table.add(figure.target(Target::AtMost(0.01 / REST.as_secs_f64())));
}

/// What was seen of one host and its crowd.
struct Seen {
    registered: f64,
    memory: f64,
    status: f64,
    command: f64,
    strike: Series,
    departure: f64,
    left: f64,
    rest: f64,
}

impl Seen {
    fn of(size: u64) -> Self {
        let nest = Nest::new();
        let host = nest.host().configuration(FIVE).start();
        let mut crowd = Crowd::beside(&nest, &host);
        let memory = || vitals::anonymous_bytes(host.pid()) as f64;
        // Also the last instance has heard of everyone by the time it says how it is.
        crowd.does("status 1");
        let before = memory();
        let arrival = crowd.does(&format!("arrive {size}")).median();
        crowd.does("status 1");
        let with_all = memory();
        let status = crowd.does(&format!("status {QUESTIONS}")).median();
        let command =
            Series::of((0..QUESTIONS).map(|_| seconds(|| nest.operator().run(&["status"])))).median();
        let strike = crowd.does(&format!("strike {STRIKES}"));
        let rest = rest(host.pid());
        let departure = crowd.does("leave").median();
        wait(GIVING_BACK);
        let left = memory();
        drop(crowd);
        host.stop();
        let each = |bytes: f64| bytes.max(0.0) / size as f64;
        Self {
            registered: size as f64 / arrival,
            memory: each(with_all - before),
            status,
            command,
            strike,
            departure,
            left: each(left - before),
            rest,
        }
    }
}

pub(crate) fn wait(time: Duration) {
    let begun = Instant::now();
    while begun.elapsed() < time {
        park_timeout(time.saturating_sub(begun.elapsed()));
    }
}

/// The share of a processor that a process takes while nothing happens to it.
fn rest(pid: i32) -> f64 {
    let (before, begun) = (vitals::cpu_time(pid), Instant::now());
    wait(REST);
    (vitals::cpu_time(pid) - before).as_secs_f64() / begun.elapsed().as_secs_f64()
}

fn seconds<T>(work: impl FnOnce() -> T) -> f64 {
    let begun = Instant::now();
    work();
    begun.elapsed().as_secs_f64()
}

/// Many victims and an operator, in a process that is none of the host's ancestors.
pub(crate) struct Crowd(Process);

impl Crowd {
    pub(crate) fn beside(nest: &Nest, host: &Host) -> Self {
        let mut command = nest.command(Workspace::built().program("chaos-kitty-test-crowd"));
        Self(Process::start("a crowd", command.arg(host.socket())))
    }

    /// What it says of how long it took.
    pub(crate) fn does(&mut self, what: &str) -> Series {
        let mark = self.0.said().mark();
        self.0.tell(what);
        let line = self.0.said().wait_after(mark, what, |line| line["seconds"].is_array());
        Series::of(line["seconds"].as_array().into_iter().flatten().filter_map(|seconds| seconds.as_f64()))
    }
}
