//! All figures: `cargo bench -p chaos-kitty-figures`, some: `… -- bus victims`, into the documents: `… -- --write`.

mod abi;
mod bus;
mod delivered;
mod fault_point;
mod five;
mod inside;
mod isolate;
mod journal;
mod limits;
mod live;
mod placement;
mod sdk;
mod start;
mod victims;
mod worker;

use chaos_kitty_figures::Table;
use clap::Parser;
use std::path::Path;
use std::process::ExitCode;

/// A group measures its figures and adds them to the table.
type Group = (&'static str, fn(&mut Table));

/// In the order of the table.
const GROUPS: &[Group] = &[
    ("bus", bus::measure),
    ("fault_point", fault_point::measure),
    ("abi", abi::measure),
    ("isolate", isolate::measure),
    ("sdk", sdk::measure),
    ("worker", worker::measure),
    ("inside", inside::measure),
    ("limits", limits::measure),
    ("victims", victims::measure),
    ("start", start::measure),
    ("live", live::measure),
    ("journal", journal::measure),
    ("delivered", delivered::measure),
];

#[derive(Parser)]
struct Arguments {
    /// Groups to measure; all by default
    groups: Vec<String>,
    /// Write docs/figures.md, docs/figures.json, docs/victims.svg and README.md
    #[arg(long)]
    write: bool,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    if let Some(code) = isolate::child() {
        return code;
    }
    let arguments = Arguments::parse();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let chosen =
        |name: &str| arguments.groups.is_empty() || arguments.groups.iter().any(|group| group == name);
    let measured: Vec<&str> = GROUPS.iter().map(|(name, _)| *name).filter(|name| chosen(name)).collect();
    let mut table = Table::new();
    for (name, measure) in GROUPS.iter().filter(|(name, _)| chosen(name)) {
        eprintln!("\n{name}");
        measure(&mut table);
    }
    if !arguments.write {
        return ExitCode::SUCCESS;
    }
    let earlier = std::fs::read_to_string(root.join("docs/figures.json")).ok();
    if let Some(earlier) = earlier.and_then(|text| serde_json::from_str(&text).ok()) {
        table.keep(earlier, &measured);
    }
    table.sort(&GROUPS.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    match table.write(&root) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the figures cannot be written: {error}");
            ExitCode::FAILURE
        }
    }
}
