//! `undo`.

use clap::Args;

#[derive(Debug, Args)]
pub(in crate::command) struct Undo {
    /// The strikes, by the numbers that `chaos-kitty effects` and `watch` show; one at least, or --all.
    #[arg(value_name = "STRIKE", value_parser = strike)]
    pub(in crate::command) strikes: Vec<u64>,
    /// All that are under way; `pause` first, so that no others begin meanwhile.
    #[arg(long, conflicts_with = "strikes")]
    pub(in crate::command) all: bool,
}

fn strike(text: &str) -> Result<u64, String> {
    text.parse().ok().filter(|strike| *strike > 0).ok_or_else(|| {
        "a strike is named by its number, a whole one from 1: `chaos-kitty effects` lists those that are under way, and --all means all of them".to_owned()
    })
}
