//! Operations that change while the host runs: how long a reload takes, without victims and with many, and what it leaves.

use crate::victims::{Crowd, wait};
use chaos_kitty_figures::{Figure, Series, Table, Target, Unit};
use chaos_kitty_tests::{Nest, Workspace, vitals};
use std::process::Command;
use std::time::Duration;
use tokio::time::Instant;

const YOWL: &str = "version = 1\n[[instance]]\noperation = \"yowl\"\nparameters = { interval = \"100ms\", probability = 0 }\n";
const VICTIMS: usize = 10_000;
/// While victims are there, and for what stays.
const FEW: usize = 20;
const MANY: usize = 200;
/// In which reloads are done, and what stands beside them.
const TURNS: usize = 20;
const NOTE: &str = "half of it is the child that tries the plugin out, a process of its own; what the rest takes is reading, copying and loading 1 MB";
/// How long after the last reload the generations before it are over.
const SETTLING: Duration = Duration::from_secs(3);

/// Measures one host: empty, with its crowd, and through all its reloads.
pub(crate) fn measure(table: &mut Table) {
    Workspace::built();
    let nest = Nest::new();
    let host = nest.host().configuration(YOWL).start();
    let mut crowd = Crowd::beside(&nest, &host);
    // What only the first one brings is no part of the others.
    crowd.does("reload 1");
    let before = vitals::anonymous_bytes(host.pid());
    let (mut alone, mut processes) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        alone.extend(crowd.does(&format!("reload {}", MANY / TURNS)).samples());
        processes.extend((0..MANY / TURNS).map(|_| process()));
    }
    let [alone, processes] = [alone, processes].map(Series::of);
    wait(SETTLING);
    let grown = vitals::anonymous_bytes(host.pid()).saturating_sub(before) as f64 / MANY as f64;
    crowd.does(&format!("arrive {VICTIMS}"));
    crowd.does("status 1");
    let among_many = crowd.does(&format!("reload {FEW}"));
    drop(crowd);
    host.stop();

    let what = "from the word until a plugin is checked, tried out, loaded and has taken over";
    let figure = Figure::new("live", what, alone.median(), Unit::Seconds).target(Target::AtMost(0.002));
    let rival = "a process that does nothing, from its start to its end";
    table.add(figure.beside(rival, processes.median()).note(NOTE));
    let what = "the same, with 10,000 victims that it takes over";
    table.add(Figure::new("live", what, among_many.median(), Unit::Seconds).target(Target::AtMost(0.05)));
    let what = "host's memory that a reload leaves, of 200";
    table.add(Figure::new("live", what, grown, Unit::Bytes).target(Target::AtMost(1_048_576.0)));
}

/// Seconds.
fn process() -> f64 {
    let begun = Instant::now();
    let ended = Command::new("true").status().expect("there is such a program");
    assert!(ended.success());
    begun.elapsed().as_secs_f64()
}
