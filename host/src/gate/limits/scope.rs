//! One table of limits, and what is used of it.

use super::super::origin::Origin;
use super::super::refusal::{Refusal, Rule};
use super::attendance::{Attendance, Attendee};
use super::groups::Group;
use super::opening::Opening;
use super::rate::Rate;
use crate::by_id::ById;
use crate::clock::Moment;
use crate::configuration::{Bounds, Healthy, Limits, Portion, Selector, Whose};
use crate::roster::{Kind, Victim};
use jiff::tz::TimeZone;
use std::time::Duration;

/// The limits of everyone, of an operation, or of an instance.
#[derive(Debug)]
pub(super) struct Scope {
    /// None: everyone.
    whose: Option<Whose>,
    /// As the configuration has it: `[limits]`.
    pub(super) table: String,
    pub(super) bounds: Bounds,
    pub(super) opening: Option<Opening>,
    /// Under way.
    pub(super) effects: usize,
    /// The victims under an effect, and those that may have ended of one.
    pub(super) struck: ById<Struck>,
    /// Of those who are there, whom it never strikes, and why.
    pub(super) barred: ById<Rule>,
    pub(super) rate: Rate,
}

/// Why a victim counts as one under an effect: how many of the effects are under way, and how many it may be ending of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Struck {
    effects: usize,
    endings: usize,
}

impl Scope {
    /// Those of a configuration, everyone's first.
    pub(super) fn all(limits: &Limits, zone: &TimeZone) -> Vec<Self> {
        let own = limits.operations.iter().map(|own| (Some(&own.whose), &own.bounds));
        let all = std::iter::once((None, &limits.everyone)).chain(own);
        all.filter(|(_, bounds)| **bounds != Bounds::default())
            .map(|(whose, bounds)| Self::of(whose, bounds, zone))
            .collect()
    }

    fn of(whose: Option<&Whose>, bounds: &Bounds, zone: &TimeZone) -> Self {
        Self {
            table: whose.map_or_else(
                || "[limits]".to_owned(),
                |whose| format!("[limits.operations.{}]", whose.name()),
            ),
            whose: whose.cloned(),
            opening: bounds.calendar.clone().map(|calendar| Opening::of(calendar, zone)),
            bounds: bounds.clone(),
            effects: 0,
            struck: ById::default(),
            barred: ById::default(),
            rate: Rate::default(),
        }
    }

    /// Whether it limits what they do.
    pub(super) fn applies_to(&self, origin: &Origin) -> bool {
        match (&self.whose, origin) {
            (None, _) => true,
            (Some(Whose::Operation(own)), Origin::Instance { operation, .. }) => own == operation,
            (Some(Whose::Instance(own)), Origin::Instance { name, .. }) => own == name,
            (Some(_), Origin::Operator { .. } | Origin::Replay { .. } | Origin::Probe { .. }) => false,
        }
    }

    /// Whether both limit the same.
    pub(super) fn is_of_the_same(&self, other: &Self) -> bool {
        self.whose == other.whose
    }

    /// Takes over what was counted of the last minute.
    pub(super) fn goes_on_from(&mut self, before: &Self) {
        if self.bounds.strikes_per_minute.is_some() {
            self.rate = before.rate.clone();
        }
    }

    /// The labels that it groups victims by.
    pub(super) fn labels(&self) -> impl Iterator<Item = &str> {
        self.bounds.healthy.iter().map(|healthy| healthy.label.as_str())
    }

    pub(super) fn arrive(&mut self, victim: &Victim) {
        let selects = |selector: &Selector| selector.selects(victim.name(), victim.labels());
        // Of two that call themselves `db` one is `db#2` here, and which one is luck.
        // And under whichever name somebody attaches a process, it is the one that was meant.
        let own = (victim.kind() == Kind::Attached).then(|| victim.process().comm());
        let protects = |selector: &Selector| {
            let names = [Some(victim.name()), Some(victim.wanted_name()), own];
            names.into_iter().flatten().any(|name| selector.selects(name, victim.labels()))
        };
        let Bounds { protected, opt_in, .. } = &self.bounds;
        if protected.iter().any(protects) {
            self.barred.insert(victim.id(), Rule::Protected);
        } else if opt_in.as_ref().is_some_and(|opt_in| !selects(opt_in)) {
            self.barred.insert(victim.id(), Rule::NotOptedIn);
        }
    }

    pub(super) fn leave(&mut self, victim: u64) {
        self.barred.remove(&victim);
    }

    /// An effect begins.
    pub(super) fn begin(&mut self, victim: u64) {
        self.effects += 1;
        self.struck.entry(victim).or_default().effects += 1;
    }

    /// It is one that is decided now, and made then at the latest.
    pub(super) fn strike(&mut self, made: Duration) {
        if self.bounds.strikes_per_minute.is_some() {
            self.rate.strike(made);
        }
    }

    /// One of those that had begun has ended. Its victim may be ending of it: see [`Self::recover`].
    pub(super) fn end(&mut self, victim: u64, is_ending: bool) {
        self.effects -= 1;
        self.change(victim, |struck| {
            struck.effects -= 1;
            struck.endings += usize::from(is_ending);
        });
    }

    /// A victim is not ending of one of those that have ended.
    pub(super) fn recover(&mut self, victim: u64) {
        self.change(victim, |struck| struck.endings -= 1);
    }

    /// A victim is not ending of any of them.
    pub(super) fn forget(&mut self, victim: u64) {
        self.change(victim, |struck| struck.endings = 0);
    }

    fn change(&mut self, victim: u64, change: impl FnOnce(&mut Struck)) {
        if let Some(struck) = self.struck.get_mut(&victim) {
            change(struck);
            if *struck == Struck::default() {
                self.struck.remove(&victim);
            }
        }
    }

    /// What was to be made then at the latest is not done after all.
    pub(super) fn take_back(&mut self, made: Duration) {
        self.rate.take_back(made);
    }

    /// Why it does not let a victim be struck now, or so much later, if it does not. What cannot change soon comes first.
    pub(super) fn refusal(
        &mut self,
        attendee: &Attendee,
        attendance: &Attendance,
        now: Moment,
        slip: Duration,
    ) -> Option<Refusal> {
        self.bar(&attendee.victim)
            .or_else(|| self.closed(now.wall).or_else(|| self.closed(now.wall + slip)))
            .or_else(|| self.too_many_effects())
            .or_else(|| self.too_many_victims(&attendee.victim, attendance))
            .or_else(|| {
                self.bounds.healthy.iter().find_map(|one| self.too_few_healthy(one, attendee, attendance))
            })
            .or_else(|| self.too_often(now.offset))
    }

    fn bar(&self, victim: &Victim) -> Option<Refusal> {
        if self.barred.is_empty() {
            return None;
        }
        let (rule, name, table) = (*self.barred.get(&victim.id())?, victim.name(), &self.table);
        let reason = match &self.bounds.opt_in {
            Some(opt_in) if rule == Rule::NotOptedIn => {
                let labels = opt_in.labels.iter().map(|(key, value)| format!("{key}={value}"));
                let labels = labels.collect::<Vec<_>>().join(" and ");
                format!(
                    "{name} has not opted in: {table} lets only victims with the label {labels} be struck (`opt_in`): \
                     start it with `--label {labels}`"
                )
            }
            _ => format!(
                "{name} is protected by {table} (`protected`), and never struck: choose another victim"
            ),
        };
        Some(Refusal::new(rule, reason))
    }

    fn closed(&mut self, wall: Duration) -> Option<Refusal> {
        let opening = self.opening.as_mut()?;
        if opening.is_open(wall) {
            return None;
        }
        let (now, next) = opening.told(wall);
        let (calendar, zone, table) = (&opening.calendar, opening.zone(), &self.table);
        let reason = format!(
            "it is {now} in {zone}, and {table} lets chaos strike {calendar} (`days`, `hours`): wait until {next}, or \
             widen them"
        );
        Some(Refusal::new(Rule::Hours, reason))
    }

    fn too_many_effects(&self) -> Option<Refusal> {
        let most = self.bounds.effects.filter(|most| self.effects >= *most)?;
        let (now, table) = (effects(self.effects), &self.table);
        let reason = format!(
            "{now} under way, and {table} allows {most} at once (`effects`): wait until one ends, or raise it"
        );
        Some(Refusal::new(Rule::EffectsAtOnce, reason))
    }

    fn too_many_victims(&self, victim: &Victim, attendance: &Attendance) -> Option<Refusal> {
        let asked = self.bounds.victims?;
        let (all, now) = (attendance.count(), self.struck.len());
        let most = asked.most(all);
        if now + usize::from(!self.struck.contains_key(&victim.id())) <= most {
            return None;
        }
        let share = match asked {
            Portion::Number(_) => String::new(),
            Portion::Share(share) => format!(", {share} of them,"),
        };
        let (are, table) = (if now == 1 { "is" } else { "are" }, &self.table);
        let reason = format!(
            "{now} of {all} victims {are} under an effect, and {table} allows {most}{share} at once (`victims`): wait \
             until one is let go (10 s after a signal that may end it), or raise it"
        );
        Some(Refusal::new(Rule::VictimsAtOnce, reason))
    }

    fn too_few_healthy(
        &self,
        Healthy { label, least }: &Healthy,
        attendee: &Attendee,
        attendance: &Attendance,
    ) -> Option<Refusal> {
        let group = attendance.group(label, attendee)?;
        let least = least.least(group.size);
        let left = group.healthy - usize::from(attendee.is_healthy());
        if left >= least {
            return None;
        }
        let Group { value, size, healthy } = group;
        let (table, name) = (&self.table, attendee.victim.name());
        // In a group that is no larger, waiting helps nobody.
        let advice = if *size > least { "wait until others have recovered" } else { "start more of them" };
        let reason = format!(
            "{healthy} of {size} victims with {label}={value} are healthy, and without {name} {left} would be left, where \
             {table} keeps {least} (`healthy`): {advice}, or lower `least`"
        );
        Some(Refusal::new(Rule::HealthyVictims, reason))
    }

    fn too_often(&mut self, now: Duration) -> Option<Refusal> {
        let most = self.bounds.strikes_per_minute?;
        let wait = self.rate.wait(most, now)?;
        let (count, table, wait) = (self.rate.count(now), &self.table, wait.as_secs_f64());
        let strikes = if count == 1 { "1 strike was".to_owned() } else { format!("{count} strikes were") };
        let reason = format!(
            "{strikes} made in the last 60 s, and {table} allows {most} (`strikes_per_minute`): the next may be in \
             {wait:.1} s, or raise it"
        );
        Some(Refusal::new(Rule::StrikesPerMinute, reason))
    }

    /// Whether nothing is counted any more.
    #[cfg(test)]
    pub(super) fn is_idle(&self) -> bool {
        self.effects == 0 && self.struck.is_empty()
    }
}

fn effects(count: usize) -> String {
    if count == 1 { "1 effect is".to_owned() } else { format!("{count} effects are") }
}
