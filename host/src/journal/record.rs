//! What is written down of a strike: plain serde values, the log's line now and the journal's record later.

use crate::gate::{Decision, Outcome};
use crate::roster::Victim;
use crate::run::Run;
use serde::Serialize;

/// The form of the records that this version writes.
const SCHEMA: u32 = 1;

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

impl Mark {
    /// The mark of a record that is written now.
    pub fn now(run: &Run, strike: u64) -> Self {
        Self {
            schema: SCHEMA,
            run: run.id.clone(),
            boot: run.boot.clone(),
            strike,
            at: run.clock.wall().as_secs_f64(),
            offset: run.clock.offset().as_secs_f64(),
        }
    }
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

impl VictimMark {
    /// How records name this victim.
    pub fn of(victim: &Victim) -> Self {
        Self {
            id: victim.id(),
            name: victim.name().to_owned(),
            pid: victim.process().pid(),
            start_time: victim.process().start_time(),
        }
    }
}
