//! The decisions of a run without what is of the moment: two runs of the same seed and the same arrivals have the same.

use crate::effect::Effect;
use crate::gate::{Decision, Origin, Rule, Ruling};
use serde::Serialize;

/// One decision, in the order in which its parts are compared.
#[derive(Debug, Serialize)]
struct Canonical<'a> {
    /// The instance; `operator` or `replay` where none decided.
    origin: &'a str,
    operation: Option<&'a str>,
    tick: Option<u64>,
    victim: Option<&'a str>,
    effect: Option<&'a Effect>,
    ruling: &'a str,
    /// The rule that refused. Its reason may name pids and times.
    rule: Option<Rule>,
}

/// A line of JSON for each decision, by instance, tick and victim. Times, pids, ids, and the numbers of run and strike are left
/// out, and so is what probes asked, and what was asked before chaos was let go; decisions that no tick says the order of stay in that in which they were made.
pub fn canonical<'a>(decisions: impl IntoIterator<Item = &'a Decision>) -> Vec<String> {
    let is_chaos = |decision: &&Decision| !decision.origin.is_probe() && decision.tick != Some(0);
    let chaos = decisions.into_iter().filter(is_chaos);
    let mut all: Vec<_> = chaos.map(of).collect();
    all.sort_by(|one, other| {
        let by_victim = |decision: &Canonical<'a>| decision.tick.and(decision.victim);
        let key = |decision: &Canonical<'a>| (decision.origin, decision.tick, by_victim(decision));
        key(one).cmp(&key(other))
    });
    // Values come from JSON, and so they can be written as such.
    all.iter().map(|decision| serde_json::to_string(decision).unwrap_or_default()).collect()
}

fn of(decision: &Decision) -> Canonical<'_> {
    let (origin, operation) = match &*decision.origin {
        Origin::Instance { name, operation, .. } => (name.as_str(), Some(operation.as_str())),
        Origin::Operator { .. } => ("operator", None),
        Origin::Replay { .. } => ("replay", None),
        Origin::Probe { .. } => ("probe", None),
    };
    let (ruling, rule) = match &decision.ruling {
        Ruling::Strike => ("strike", None),
        Ruling::DryRun => ("dry_run", None),
        Ruling::Refused(refusal) => ("refused", Some(refusal.rule)),
    };
    Canonical {
        origin,
        operation,
        tick: decision.tick,
        victim: decision.victim.as_ref().map(|victim| &*victim.name),
        effect: decision.effect.as_deref(),
        ruling,
        rule,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Record;

    fn decision(offset: f64, strike: u64, instance: &str, tick: &str, victim: &str, pid: i32) -> Decision {
        let text = format!(
            r#"{{"record":"decision","schema":1,"run":"{strike}","boot":"b","at":{offset},"offset":{offset},
            "strike":{strike},"origin":{{"instance":{{"name":"{instance}","operation":"hairball"}}}},"tick":{tick},
            "victim":{{"id":{pid},"name":"{victim}","pid":{pid},"start_time":{pid}}},
            "effect":{{"method":"delay","options":{{"duration":0.5}},"lease_seconds":0.5,"inverse":"end"}},
            "ruling":{{"refused":{{"rule":"paused","reason":"of pid {pid}"}}}}}}"#
        );
        match serde_json::from_str(&text).unwrap() {
            Record::Decision(decision) => decision,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_of_the_moment_makes_no_difference_and_neither_does_the_order() {
        let one = [
            decision(1.0, 1, "yowl", "3", "web", 7),
            decision(1.1, 2, "hairball", "3", "web", 7),
            decision(1.2, 3, "hairball", "12", "db", 8),
            decision(1.2, 4, "hairball", "12", "cache", 9),
        ];
        let other = [
            decision(2.2, 1, "hairball", "12", "cache", 19),
            decision(2.0, 2, "hairball", "3", "web", 17),
            decision(2.2, 3, "hairball", "12", "db", 18),
            decision(2.3, 4, "yowl", "3", "web", 17),
        ];
        let lines = canonical(&one);
        assert_eq!(lines, canonical(&other));
        assert_eq!(
            lines[0],
            r#"{"origin":"hairball","operation":"hairball","tick":3,"victim":"web","effect":{"method":"delay","options":{"duration":0.5},"lease_seconds":0.5,"inverse":"end"},"ruling":"refused","rule":"paused"}"#
        );
        assert_ne!(canonical(&one[..3]), canonical(&other[..3]));
    }

    #[test]
    fn without_a_tick_the_order_is_that_in_which_they_were_made() {
        let made = [decision(1.0, 1, "own", "null", "web", 7), decision(1.1, 2, "own", "null", "db", 7)];
        assert!(canonical(&made)[0].contains("web"));
    }
}
