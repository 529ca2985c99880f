//! Operations that change while the host runs: how long a reload takes, without victims and with many, and what it leaves.

use crate::victims::{Crowd, wait};
use chaos_kitty_figures::{Figure, Series, Table, Target, Unit, alternate};
use chaos_kitty_tests::{Nest, Workspace, vitals};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use tokio::time::Instant;

const YOWL: &str = "version = 1\n[[instance]]\noperation = \"yowl\"\nparameters = { interval = \"100ms\", probability = 0 }\n";
const VICTIMS: usize = 10_000;
/// While victims are there, and for what stays.
const FEW: usize = 20;
const MANY: usize = 200;
const NOTE: &str = "half of it is the child that tries the plugin out, a process of its own; what the rest takes is reading, copying and loading 1 MB";
/// How long after the last reload the generations before it are over.
const SETTLING: Duration = Duration::from_secs(3);

/// Measures one host: empty, with its crowd, and through all its reloads.
pub(crate) fn measure(table: &mut Table) {
    let nest = Nest::new();
    let plugin = nest.file("libyowl.so", fs::read(Workspace::built().plugin("yowl")).expect("a plugin"));
    let host = nest.host().configuration(YOWL).arguments([Path::new("--plugins"), nest.path()]).start();
    let mut crowd = Crowd::beside(&nest, &host);
    // What only the first one brings is no part of the others.
    reload(&mut crowd, &plugin);
    let before = vitals::anonymous_bytes(host.pid());
    let reload_once = &mut || reload(&mut crowd, &plugin);
    let series = alternate(MANY, &mut [reload_once, &mut process]);
    let [alone, processes] = [0, 1].map(|at: usize| series[at].median());
    wait(SETTLING);
    let grown = vitals::anonymous_bytes(host.pid()).saturating_sub(before) as f64 / MANY as f64;
    crowd.does(&format!("arrive {VICTIMS}"));
    crowd.does("status 1");
    let among_many = Series::of((0..FEW).map(|_| reload(&mut crowd, &plugin)));
    drop(crowd);
    host.stop();

    let what = "from the word until a plugin is checked, tried out, loaded and has taken over";
    let figure = Figure::new("live", what, alone, Unit::Seconds).target(Target::AtMost(0.002));
    let rival = "a process that does nothing, from its start to its end";
    table.add(figure.beside(rival, processes).note(NOTE));
    let what = "the same, with 10,000 victims that it takes over";
    table.add(Figure::new("live", what, among_many.median(), Unit::Seconds).target(Target::AtMost(0.05)));
    let what = "host's memory that a reload leaves, of 200";
    table.add(Figure::new("live", what, grown, Unit::Bytes).target(Target::AtMost(1_048_576.0)));
}

/// Seconds. Each time there are other bytes in the file, for what is loaded already is not loaded again.
fn reload(crowd: &mut Crowd, plugin: &Path) -> f64 {
    let changed = OpenOptions::new().append(true).open(plugin).and_then(|mut file| file.write_all(b"."));
    changed.expect("a plugin");
    crowd.does("reload 1").median()
}

/// Seconds.
fn process() -> f64 {
    let begun = Instant::now();
    let ended = Command::new("true").status().expect("there is such a program");
    assert!(ended.success());
    begun.elapsed().as_secs_f64()
}
