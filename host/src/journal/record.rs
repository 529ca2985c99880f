//! What is written down: plain serde values, the same in the journal, in the log and for those who watch.

use super::beginning::Beginning;
use super::comings::{Arrival, Departure};
use super::ending::Ending;
use super::gap::Gap;
use super::recovered::Recovered;
use super::steering::Steering;
use crate::clock::Moment;
use crate::gate::{Decision, Outcome};
use crate::roster::Victim;
use crate::run::Run;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The form of the records that this version writes.
const SCHEMA: u32 = 1;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub enum Record {
    /// The gate decided.
    Decision(Decision),
    /// What was decided has been done.
    Outcome(Outcome),
    /// A run begins.
    #[serde(rename = "run")]
    Beginning(Beginning),
    /// What the run before has left open, where it was cut short.
    Recovered(Recovered),
    /// A victim has come.
    Arrival(Arrival),
    /// A victim has left.
    Departure(Departure),
    /// What runs was changed.
    Steering(Steering),
    /// The journal could not be written for a while.
    Gap(Gap),
    /// A run ends in order.
    #[serde(rename = "end")]
    Ending(Ending),
}

impl Record {
    /// Whether it is about a strike: log and watchers have these, and what else happens the file alone.
    pub fn is_of_a_strike(&self) -> bool {
        matches!(self, Self::Decision(_) | Self::Outcome(_))
    }
}

/// What every record carries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// The version of the record's form.
    pub schema: u32,
    /// The run, of 16 hexadecimal digits; another one each time a host starts.
    pub run: Arc<str>,
    /// The boot of the machine, as the kernel names it: pids and start times are of this boot.
    pub boot: Arc<str>,
    /// The wall clock's time, in seconds since the Unix epoch.
    pub at: f64,
    /// Seconds since the start of the run.
    pub offset: f64,
}

impl Mark {
    /// The mark of a record that is written now.
    pub fn now(run: &Run) -> Self {
        Self::at(run, run.clock.now())
    }

    /// The mark of what happened at this time.
    pub(crate) fn at(run: &Run, now: Moment) -> Self {
        Self {
            schema: SCHEMA,
            run: Arc::clone(&run.id),
            boot: Arc::clone(&run.boot),
            at: now.wall.as_secs_f64(),
            offset: now.offset.as_secs_f64(),
        }
    }
}

/// The victim, as it was at the time of the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VictimMark {
    /// Its id in this run.
    pub id: u64,
    /// Its name, which survives reconnection.
    pub name: Arc<str>,
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
            name: victim.name_handle(),
            pid: victim.process().pid(),
            start_time: victim.process().start_time(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_comes_back_from_its_json() {
        let mark = r#""schema":1,"run":"00c0ffee00c0ffee","boot":"b","at":1.5,"offset":0.25,"strike":7"#;
        let victim = r#"{"id":3,"name":"web","pid":42,"start_time":99}"#;
        let effect = r#"{"method":"delay","options":{"duration":0.5},"lease_seconds":0.5,"inverse":"end"}"#;
        let origin = r#"{"instance":{"name":"slow","operation":"hairball"}}"#;
        let refused = r#"{"refused":{"rule":"paused","reason":"chaos is paused"}}"#;
        let rest = r#""took":0.5"#;
        let of = |ruling: &str| {
            format!(
                r#"{{"record":"decision",{mark},"origin":{origin},"victim":{victim},"effect":{effect},"ruling":{ruling}}}"#
            )
        };
        let outcome = format!(
            r#"{{"record":"outcome",{mark},"victim":{victim},"method":"delay","asked":{{"duration":0.5}},"observed":{{"seconds_held":0.5}},"verdict":"effective","dry_run":false,"result":null,"error":{{"kind":"unclear","message":"gone"}},{rest}}}"#
        );
        for text in [of("\"strike\""), of(refused), outcome] {
            let record: Record = serde_json::from_str(&text).unwrap();
            assert_eq!(serde_json::to_string(&record).unwrap(), text);
        }
    }
}
