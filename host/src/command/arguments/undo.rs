//! `undo`.

use clap::Args;

#[derive(Debug, Args)]
pub(in crate::command) struct Undo {
    /// The strikes, by the numbers that `chaos-kitty effects` and `watch` show.
    #[arg(value_name = "STRIKE", required_unless_present = "all")]
    pub(in crate::command) strikes: Vec<u64>,
    /// All that are under way; `pause` first, so that no others begin meanwhile.
    #[arg(long, conflicts_with = "strikes")]
    pub(in crate::command) all: bool,
}
