//! A limit as a list shows it.

use super::super::refusal::Rule;
use super::attendance::Attendance;
use super::scope::Scope;
use crate::clock::Moment;
use crate::configuration::{Bounds, Selector};
use serde::{Deserialize, Serialize};

/// Groups that one limit lists at most: those that are nearest to it.
const MOST_GROUPS: usize = 10;

/// One limit, and what is used of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedLimit {
    /// Where the configuration has it: `[limits]`, or `[limits.operations.scratch]`.
    pub table: String,
    /// The rule of its refusals.
    pub rule: Rule,
    /// What the configuration says, for people.
    pub limit: String,
    /// What that comes to now: the most effects, victims or strikes, the least healthy victims. None where it is no number.
    pub bound: Option<usize>,
    /// Effects and victims now, strikes in the last minute, healthy victims of the group; of `protected` the victims that
    /// are, of `opt_in` those that have not opted in. None for hours.
    pub now: Option<usize>,
    /// Whether it refuses everyone whom it is about; of a group, whoever is healthy in it.
    pub full: bool,
}

impl Scope {
    /// Its limits, in the order of docs/limits.md.
    pub(super) fn listed(&mut self, attendance: &Attendance, now: Moment) -> Vec<ListedLimit> {
        let mut all = Vec::new();
        let table = self.table.clone();
        let mut add = |rule, limit: String, bound: Option<usize>, now: Option<usize>, full: bool| {
            all.push(ListedLimit { table: table.clone(), rule, limit, bound, now, full });
        };
        let barred = |rule| self.barred.values().filter(|other| **other == rule).count();
        let Bounds { effects, victims, healthy, strikes_per_minute, protected, opt_in, .. } = &self.bounds;
        if let Some(most) = effects {
            add(
                Rule::EffectsAtOnce,
                most.to_string(),
                Some(*most),
                Some(self.effects),
                self.effects >= *most,
            );
        }
        if let Some(asked) = victims {
            let (most, count) = (asked.most(attendance.count()), self.struck.len());
            add(Rule::VictimsAtOnce, asked.to_string(), Some(most), Some(count), count >= most);
        }
        for one in healthy {
            let groups = attendance.groups(&one.label);
            let mut groups: Vec<_> = groups.map(|group| (group, one.least.least(group.size))).collect();
            groups.sort_by_key(|(group, least)| (group.healthy.saturating_sub(*least), &group.value));
            for (group, least) in groups.into_iter().take(MOST_GROUPS) {
                let limit = format!("{} with {}={}", one.least, one.label, group.value);
                add(Rule::HealthyVictims, limit, Some(least), Some(group.healthy), group.healthy <= least);
            }
        }
        if let Some(most) = strikes_per_minute {
            let count = self.rate.count(now.offset);
            add(Rule::StrikesPerMinute, most.to_string(), Some(*most), Some(count), count >= *most);
        }
        if let Some(opening) = &mut self.opening {
            let limit = format!("{} ({})", opening.calendar, opening.zone());
            add(Rule::Hours, limit, None, None, !opening.is_open(now.wall));
        }
        if !protected.is_empty() {
            let limit = protected.iter().map(shown).collect::<Vec<_>>().join("; ");
            add(Rule::Protected, limit, None, Some(barred(Rule::Protected)), false);
        }
        if let Some(opt_in) = opt_in {
            add(Rule::NotOptedIn, shown(opt_in), None, Some(barred(Rule::NotOptedIn)), false);
        }
        all
    }
}

fn shown(selector: &Selector) -> String {
    let labels = selector.labels.iter().map(|(key, value)| format!("{key}={value}"));
    selector.names.iter().cloned().chain(labels).collect::<Vec<_>>().join(" ")
}
