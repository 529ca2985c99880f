//! The table of figures: what was measured, beside which rival, against which target.
//!
//! `cargo bench -p chaos-kitty-figures` measures and prints it. With `-- --write` it goes into docs/figures.md,
//! docs/figures.json, docs/victims.svg and README.md; with the names of groups only those are measured anew.

mod figure;
mod growth;
mod machine;
mod plot;
mod rounds;
mod table;

pub use figure::{Figure, Target, Unit};
pub use growth::Growth;
pub use machine::Machine;
pub use rounds::{Series, alternate};
pub use table::Table;
