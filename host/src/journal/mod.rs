//! Where decisions and outcomes are written: the log, and whoever watches.

mod abridged;
mod reader;
mod record;

pub use reader::{Line, Reader};
pub use record::{Mark, Record, VictimMark};

use crate::gate::Ruling;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::broadcast;
use tracing::{info, warn};

/// How many records a watcher may be behind before it misses some; the log misses none.
const BEHIND: usize = 1024;

/// Takes every record, in the order in which things happened.
#[derive(Debug)]
pub struct Journal {
    /// None once the journal is closed.
    watchers: Mutex<Option<broadcast::Sender<Arc<Record>>>>,
}

impl Default for Journal {
    fn default() -> Self {
        Self { watchers: Mutex::new(Some(broadcast::Sender::new(BEHIND))) }
    }
}

impl Journal {
    /// Every record from now on; none where the journal is closed.
    pub fn watch(&self) -> Option<broadcast::Receiver<Arc<Record>>> {
        self.watchers().as_ref().map(broadcast::Sender::subscribe)
    }

    /// Tells the watchers that there is no more to come. The log takes what comes all the same.
    pub(crate) fn close(&self) {
        *self.watchers() = None;
    }

    pub(crate) fn write(&self, record: Record) {
        let (record, json) = record.in_json();
        log(&record, json);
        if let Some(watchers) = &*self.watchers() {
            // Without a watcher there is nobody to tell.
            let _ = watchers.send(Arc::new(record));
        }
    }

    fn watchers(&self) -> MutexGuard<'_, Option<broadcast::Sender<Arc<Record>>>> {
        self.watchers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One line for each record: a sentence for people, the record itself for programs.
fn log(record: &Record, json: String) {
    match record {
        Record::Decision(decision) => {
            let origin = &decision.origin;
            let victim = decision.victim.as_ref().map_or("nobody", |victim| victim.name.as_str());
            let effect = decision
                .effect
                .as_ref()
                .map_or_else(String::new, |effect| format!("{} {}", effect.method, plain(&effect.options)));
            match &decision.ruling {
                Ruling::Strike => info!(target: "gate", record = json, "{origin} strikes {victim}: {effect}"),
                Ruling::DryRun => {
                    info!(target: "gate", record = json, "{origin} would strike {victim}: {effect} (dry run)")
                }
                Ruling::Refused(refusal) => {
                    warn!(target: "gate", record = json, "{origin} may not strike {victim}: {}", refusal.reason)
                }
            }
        }
        Record::Outcome(outcome) => {
            let (victim, method, verdict) = (&outcome.victim.name, &outcome.method, outcome.verdict);
            let asked = plain(&outcome.asked);
            let observed = outcome.observed.as_ref().map_or("nothing to tell".to_owned(), plain);
            let seen =
                outcome.seen.as_ref().map_or_else(String::new, |seen| format!(", seen {}", plain(seen)));
            match (&outcome.error, &outcome.doubt) {
                (Some(error), _) => {
                    warn!(target: "gate", record = json, "{victim} {method}: {verdict}, {error}")
                }
                (None, Some(doubt)) => {
                    warn!(target: "gate", record = json, "{victim} {method}: {verdict}, asked {asked}{seen}, and what it observed is not believed: {doubt}")
                }
                (None, None) => {
                    info!(target: "gate", record = json, "{victim} {method}: {verdict}, asked {asked}, observed {observed}{seen}")
                }
            }
        }
    }
}

/// A value as JSON, which is plain enough to read in a log line.
fn plain(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
