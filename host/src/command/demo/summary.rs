//! What came of the demo.

use super::figures::Extent;
use super::tally::Tally;
use crate::command::output;
use serde::Serialize;
use std::collections::BTreeMap;

/// Asked against observed, and the victims before, meanwhile and after.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    pub(super) operations: BTreeMap<String, Tally>,
    pub(super) victims: Vec<VictimSummary>,
    pub(super) effects_under_way: usize,
    pub(super) victims_back: usize,
    pub(super) interrupted: bool,
}

/// One victim.
#[derive(Debug, Serialize)]
pub(super) struct VictimSummary {
    pub(super) name: &'static str,
    pub(super) restarts: u32,
    pub(super) before: Extent,
    pub(super) during: Extent,
    pub(super) after: Extent,
}

/// The shortest delay of the demo's, in milliseconds: a request that takes as long is held.
const HELD: f64 = 200.0;
/// The smallest memory effect of the demo's, in MiB: half of it more than before is a leftover.
const LEFTOVER: f64 = 15.0;

impl VictimSummary {
    fn is_back(&self) -> bool {
        // Throughput is shown and not judged: other programs take from it too, and give it back when they like.
        let after = &self.after;
        after.lowest > 0.0
            && after.errors == 0
            && after.calmest_ms < HELD
            && after.last_mb < self.before.last_mb + LEFTOVER
    }
}

impl Summary {
    /// Whether nothing is left of what was done.
    pub(super) fn all_is_back(&self) -> bool {
        self.effects_under_way == 0
            && self.victims_back == self.victims.len()
            && self.victims.iter().all(VictimSummary::is_back)
    }
}

pub(super) fn text(summary: &Summary) -> String {
    let operations = summary.operations.iter().map(|(name, tally)| {
        [
            name.clone(),
            tally.strikes.to_string(),
            format!("{:.2} {}", tally.asked, tally.unit),
            format!("{:.2} {}", tally.observed, tally.unit),
            tally.verdicts(),
        ]
    });
    let columns = ["operation", "strikes", "asked", "observed", "verdicts"];
    let operations = output::table(columns, operations, "nothing was struck");
    let victims = summary.victims.iter().map(|victim| {
        let three = |one: f64, two: f64, three: f64| format!("{one:.0} / {two:.0} / {three:.0}");
        let (before, during, after) = (&victim.before, &victim.during, &victim.after);
        [
            victim.name.to_owned(),
            three(before.throughput(), during.lowest, after.throughput()),
            three(before.slowest_ms, during.slowest_ms, after.slowest_ms),
            three(before.last_mb, during.largest_mb, after.last_mb),
            during.errors.to_string(),
            victim.restarts.to_string(),
            if victim.is_back() { "yes" } else { "no" }.to_owned(),
        ]
    });
    let columns = ["victim", "requests/s", "slowest ms", "MiB", "errors", "ended", "back"];
    let victims = output::table(columns, victims, "no victims");
    let ending = if summary.all_is_back() {
        "everything was put back: no effect is under way, every victim works as before"
    } else {
        "not everything is as before: see the table"
    };
    format!(
        "\nasked against observed\n\n{operations}\n\nthe victims before / at worst / after\n\n{victims}\n\n{ending}"
    )
}
