//! What is written down of a strike: plain serde values, the log's line now and the journal's record later.

use super::decision::Decision;
use super::outcome::Outcome;
use serde::Serialize;

/// A decision, or what came of one.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub enum Record {
    /// The gate decided.
    Decision(Decision),
    /// What was decided has been done.
    Outcome(Outcome),
}

/// What every record carries.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mark {
    /// The version of the record's form.
    pub schema: u32,
    /// The run, of 16 hexadecimal digits; another one each time a host starts.
    pub run: String,
    /// The boot of the machine, as the kernel names it: pids and start times are of this boot.
    pub boot: String,
    /// The strike that it is about, counted from 1 in its run.
    pub strike: u64,
    /// The wall clock's time, in seconds since the Unix epoch.
    pub at: f64,
    /// Seconds since the start of the run.
    pub offset: f64,
}

/// The victim, as it was at the time of the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VictimMark {
    /// Its id in this run.
    pub id: u64,
    /// Its name, which survives reconnection.
    pub name: String,
    /// Its pid in the host's namespace.
    pub pid: i32,
    /// When the process started, in clock ticks after boot.
    pub start_time: u64,
}
