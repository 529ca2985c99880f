//! The book: who is there, what is under way, and what each limit has used of it. It reads no clock and takes no lock.

use super::super::origin::Origin;
use super::super::refusal::{Refusal, Rule};
use super::attendance::{Attendance, Attendee};
use super::listed::ListedLimit;
use super::scope::Scope;
use crate::by_id::ById;
use crate::clock::Moment;
use crate::configuration::Limits;
use crate::effect::{Effect, Inverse};
use crate::roster::Victim;
use chaos_kitty_bus::Value;
use jiff::tz::TimeZone;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// For how long a signal that may end a victim counts after it: the victim is not healthy, and one under an effect, whether it
/// is still there or not.
pub(super) const LINGERING: Duration = Duration::from_secs(10);

/// What somebody asks for, once everything but the limits lets it pass.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) strike: u64,
    pub(super) origin: &'a Arc<Origin>,
    pub(super) victim: &'a Victim,
    pub(super) effect: &'a Effect,
    pub(super) is_dry_run: bool,
    /// How much later it may be made than it is decided.
    pub(super) slip: Duration,
}

#[derive(Debug, Default)]
pub(super) struct Book {
    /// Everyone's first, where there are limits.
    scopes: Vec<Scope>,
    attendance: Attendance,
    /// What is under way, and what may have ended somebody of late, by the strike's number.
    strikes: ById<Counted>,
    /// What the clock alone brings, since the start of the run.
    agenda: BTreeSet<(Duration, Due)>,
}

#[derive(Debug)]
struct Counted {
    origin: Arc<Origin>,
    victim: u64,
    /// When it is made at the latest.
    made: Duration,
    may_end: bool,
    /// Its victim may still be ending of it.
    is_over: bool,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    /// The end of a strike of a dry run.
    End(u64),
    /// Nobody is ending of this strike any more.
    Recovery(u64),
    /// A victim's silence may be over.
    Silence(u64),
}

impl Book {
    /// Counts it where every limit allows it, and else counts nothing.
    pub(super) fn admit(&mut self, asked: Asked<'_>, now: Moment) -> Result<(), Refusal> {
        self.advance(now.offset);
        let mut refusal = self.refusal(asked, now);
        // Some may have answered late, and nobody has looked since.
        let is_about_health = refusal.as_ref().is_some_and(|refusal| refusal.rule == Rule::HealthyVictims);
        if is_about_health && self.attendance.look_at_silent(now.offset) {
            refusal = self.refusal(asked, now);
        }
        if let Some(refusal) = refusal {
            return Err(refusal);
        }
        self.begin(asked, now.offset);
        Ok(())
    }

    fn refusal(&mut self, asked: Asked<'_>, now: Moment) -> Option<Refusal> {
        let Some(attendee) = self.attendance.get(asked.victim.id()) else {
            let reason = format!("{} has left", asked.victim.name());
            return Some(Refusal::new(Rule::NoVictim, reason));
        };
        let mut applying = self.scopes.iter_mut().filter(|scope| scope.applies_to(asked.origin));
        applying.find_map(|scope| scope.refusal(attendee, &self.attendance, now, asked.slip))
    }

    fn begin(&mut self, asked: Asked<'_>, now: Duration) {
        let Asked { strike, origin, victim, effect, is_dry_run, slip } = asked;
        let made = now + slip;
        let victim = victim.id();
        for scope in self.scopes.iter_mut().filter(|scope| scope.applies_to(origin)) {
            scope.begin(victim);
            scope.strike(made);
        }
        let may_end = effect.inverse == Inverse::Irreversible;
        self.attendance.begin(victim, may_end);
        let origin = Arc::clone(origin);
        self.strikes.insert(strike, Counted { origin, victim, made, may_end, is_over: false });
        if is_dry_run {
            self.agenda.insert((now + natural_length(effect), Due::End(strike)));
        }
    }

    /// A strike is over, if it was under way.
    pub(super) fn end(&mut self, strike: u64, now: Duration) {
        let Some(counted) = self.strikes.get_mut(&strike).filter(|counted| !counted.is_over) else { return };
        let victim = counted.victim;
        // Who has come back since is not who was struck.
        counted.is_over = counted.may_end && self.attendance.counts(victim);
        let (is_ending, origin) = (counted.is_over, Arc::clone(&counted.origin));
        for scope in self.scopes.iter_mut().filter(|scope| scope.applies_to(&origin)) {
            scope.end(victim, is_ending);
        }
        self.attendance.end(victim);
        if is_ending {
            self.agenda.insert((now + LINGERING, Due::Recovery(strike)));
        } else {
            self.strikes.remove(&strike);
        }
    }

    /// A strike that was over may have ended somebody; by now it has not, or that is long ago.
    fn recover(&mut self, strike: u64) {
        let Some(Counted { origin, victim, .. }) = self.strikes.remove(&strike) else { return };
        if self.attendance.counts(victim) {
            self.scopes
                .iter_mut()
                .filter(|scope| scope.applies_to(&origin))
                .for_each(|scope| scope.recover(victim));
            self.attendance.recover(victim);
        }
    }

    /// A strike that was counted is not made after all: it counts for nothing.
    pub(super) fn take_back(&mut self, strike: u64) {
        let Some(Counted { origin, victim, made, may_end, .. }) = self.strikes.remove(&strike) else {
            return;
        };
        for scope in self.scopes.iter_mut().filter(|scope| scope.applies_to(&origin)) {
            scope.end(victim, false);
            scope.take_back(made);
        }
        self.attendance.end(victim);
        if may_end {
            self.attendance.recover(victim);
        }
    }

    /// Takes in what the clock has brought until now.
    fn advance(&mut self, now: Duration) {
        while self.agenda.first().is_some_and(|(at, _)| *at <= now)
            && let Some((at, due)) = self.agenda.pop_first()
        {
            match due {
                Due::End(strike) => self.end(strike, at),
                Due::Recovery(strike) => self.recover(strike),
                Due::Silence(victim) => {
                    self.attendance.look_at(victim, at);
                }
            }
        }
    }

    /// Whether there are any limits.
    pub(super) fn is_limiting(&self) -> bool {
        !self.scopes.is_empty()
    }

    /// Sees whether a victim answers.
    pub(super) fn look_at(&mut self, victim: u64, now: Duration) {
        if let Some(until) = self.attendance.look_at(victim, now) {
            self.agenda.insert((until, Due::Silence(victim)));
        }
    }

    /// Somebody is there. Where it has come back, whoever had its name does not count as ending any more.
    pub(super) fn arrive(&mut self, victim: &Arc<Victim>) {
        self.scopes.iter_mut().for_each(|scope| scope.arrive(victim));
        if let Some(before) = self.attendance.arrive(victim) {
            self.scopes.iter_mut().for_each(|scope| scope.forget(before));
        }
    }

    /// Somebody is not there any more; what is under way there counts until its outcome, and what may have ended it for as
    /// long as if it were there.
    pub(super) fn leave(&mut self, victim: u64) -> Option<Attendee> {
        self.scopes.iter_mut().for_each(|scope| scope.leave(victim));
        self.attendance.leave(victim)
    }

    /// Other limits hold from now on; what is there and under way is counted for them.
    pub(super) fn limit(&mut self, limits: &Limits, zone: &TimeZone, now: Duration) {
        self.advance(now);
        let before = std::mem::take(&mut self.scopes);
        self.scopes = Scope::all(limits, zone);
        for scope in &mut self.scopes {
            self.attendance.all().for_each(|victim| scope.arrive(victim));
            for Counted { victim, origin, is_over, .. } in self.strikes.values() {
                let is_ending = *is_over && self.attendance.counts(*victim);
                if scope.applies_to(origin) && (is_ending || !is_over) {
                    scope.begin(*victim);
                    if is_ending {
                        scope.end(*victim, true);
                    }
                }
            }
            if let Some(before) = before.iter().find(|before| before.is_of_the_same(scope)) {
                scope.goes_on_from(before);
            }
        }
        self.attendance.group_by(self.scopes.iter().flat_map(Scope::labels));
    }

    /// The limits, and what is used of each.
    pub(super) fn listed(&mut self, now: Moment) -> Vec<ListedLimit> {
        self.advance(now.offset);
        self.attendance.look_at_silent(now.offset);
        self.scopes.iter_mut().flat_map(|scope| scope.listed(&self.attendance, now)).collect()
    }

    /// Whether nothing is counted any more but who is there.
    #[cfg(test)]
    pub(super) fn is_idle(&mut self, now: Duration) -> bool {
        self.advance(now);
        let Self { scopes, attendance, strikes, agenda } = self;
        scopes.iter().all(Scope::is_idle) && attendance.is_idle() && strikes.is_empty() && agenda.is_empty()
    }
}

/// How long an effect lasts that is not carried out: as long as was asked for, and no longer than its lease.
fn natural_length(effect: &Effect) -> Duration {
    let Some(option) = Effect::time_option(&effect.method) else { return effect.lease };
    let asked = effect.option(option).and_then(Value::as_f64);
    asked
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .unwrap_or(effect.lease)
        .min(effect.lease)
}
