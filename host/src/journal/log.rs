//! A decision or an outcome as a line of the log.

use super::record::Record;
use crate::gate::Ruling;
use tracing::{info, warn};

/// One line for each record: a sentence for people, the record itself for programs.
pub(super) fn log(record: &Record, json: String) {
    match record {
        Record::Decision(decision) => {
            let origin = &decision.origin;
            let victim = decision.victim.as_ref().map_or("nobody", |victim| &*victim.name);
            let effect = decision
                .effect
                .as_ref()
                .map_or_else(String::new, |effect| format!("{} {}", effect.method, plain(&effect.options)));
            match &decision.ruling {
                Ruling::Strike if origin.is_probe() => {
                    info!(target: "gate", record = json, "{origin} asks {victim}: {effect}")
                }
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
            let early = outcome.ended_by.map_or_else(String::new, |by| format!(", ended early: {by}"));
            match (&outcome.error, &outcome.doubt) {
                (Some(error), _) => {
                    warn!(target: "gate", record = json, "{victim} {method}: {verdict}, {error}{early}")
                }
                (None, Some(doubt)) => {
                    warn!(target: "gate", record = json, "{victim} {method}: {verdict}, asked {asked}{seen}, and what it observed is not believed: {doubt}{early}")
                }
                (None, None) => {
                    info!(target: "gate", record = json, "{victim} {method}: {verdict}, asked {asked}, observed {observed}{seen}{early}")
                }
            }
        }
        // What comes, goes and changes has lines of its own where it happens.
        _ => {}
    }
}

/// A value as JSON, which is plain enough to read in a log line.
fn plain(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
