//! Journals: what is asked of one, and where it is.

use super::given;
use crate::history::{By, Ended};
use clap::{Args, Subcommand};
use std::ffi::OsString;
use std::ops::RangeInclusive;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(in crate::command) enum Journal {
    /// Says whether a journal is as it was written, and if not, which record is the first that is not.
    Verify(Verify),
    /// Prints a run's decisions without what is of the moment (times, pids, ids): a line of JSON each, by instance, tick and victim.
    /// Two runs of the same seed and the same arrivals print the same.
    Decisions(Decisions),
}

#[derive(Debug, Args)]
pub(in crate::command) struct Verify {
    /// The journal; the one beside the socket where nothing is said.
    #[arg(env = "CHAOS_KITTY_JOURNAL")]
    file: Option<OsString>,
    /// A hash that was printed before: a record that has it must be there.
    #[arg(long, value_name = "HASH")]
    pub(in crate::command) head: Option<String>,
}

#[derive(Debug, Args)]
pub(in crate::command) struct History {
    #[command(flatten)]
    pub(in crate::command) journal: JournalFile,
    /// A run: the beginning of its id, `last`, or `all`.
    #[arg(long, default_value = "all", value_name = "ID")]
    pub(in crate::command) run: String,
    /// Those of an operation, of an instance, of an `operator`, or of a `replay`; `*` and `?` stand for any text and any character.
    #[arg(long, value_name = "PATTERN")]
    pub(in crate::command) operation: Option<String>,
    /// Those of a victim, by name; `*` and `?` as above.
    #[arg(long, value_name = "PATTERN")]
    pub(in crate::command) victim: Option<String>,
    /// Those that have come to this.
    #[arg(long)]
    pub(in crate::command) verdict: Option<Ended>,
    /// Those from this time on: `2026-11-26`, `2026-11-26T18:30`, `10m` ago, or `+12.5` seconds after its run's start.
    #[arg(long, value_name = "TIME")]
    pub(in crate::command) since: Option<String>,
    /// Those before this time.
    #[arg(long, value_name = "TIME")]
    pub(in crate::command) until: Option<String>,
    /// Sums instead of single strikes.
    #[arg(long)]
    pub(in crate::command) by: Option<By>,
    /// Refusals too.
    #[arg(long)]
    pub(in crate::command) refused: bool,
}

impl History {
    /// Whether refusals are what is asked for.
    pub(in crate::command) fn is_about_refusals(&self) -> bool {
        self.verdict == Some(Ended::Refused) || self.by == Some(By::Rule)
    }
}

#[derive(Debug, Args)]
pub(in crate::command) struct Decisions {
    /// The journal; the one beside the socket where nothing is said.
    #[arg(env = "CHAOS_KITTY_JOURNAL")]
    file: Option<OsString>,
    /// The run, by the beginning of its id; the last one where nothing is said.
    #[arg(long, value_name = "ID")]
    pub(in crate::command) run: Option<String>,
    /// Only those of these ticks, such as 1..100: both are included.
    #[arg(long, value_name = "FIRST..LAST", value_parser = ticks)]
    pub(in crate::command) ticks: Option<RangeInclusive<u64>>,
}

/// Where everything is written down.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::command) struct JournalFile {
    /// The journal; beside the socket, and of its name, where nothing is said.
    #[arg(id = "journal", long, env = "CHAOS_KITTY_JOURNAL", value_name = "FILE")]
    file: Option<OsString>,
}

fn ticks(text: &str) -> Result<RangeInclusive<u64>, String> {
    let range =
        text.split_once("..").and_then(|(first, last)| Some(first.parse().ok()?..=last.parse().ok()?));
    range.filter(|range| !range.is_empty()).ok_or_else(|| "write it as 1..100".to_owned())
}

impl Decisions {
    /// The journal that was named.
    pub(in crate::command) fn named(&self) -> Option<PathBuf> {
        given(self.file.as_ref())
    }
}

impl Verify {
    /// The journal that was named.
    pub(in crate::command) fn named(&self) -> Option<PathBuf> {
        given(self.file.as_ref())
    }
}

impl JournalFile {
    /// What was named.
    pub(in crate::command) fn named(&self) -> Option<PathBuf> {
        given(self.file.as_ref())
    }
}
