//! A strike that may happen.

use super::active::Entry;
use super::doubt::Possible;
use super::ended_by::EndedBy;
use super::evidence::Evidence;
use super::limits::Held;
use super::outcome::Outcome;
use super::verdict::Verdict;
use crate::backend::{Failure, Report};
use crate::effect::{Effect, Inverse};
use crate::journal::{Mark, VictimMark};
use crate::roster::Victim;
use crate::run::Run;
use crate::witness::Seen;
use chaos_kitty_bus::Value;
use std::sync::Arc;
use std::time::Duration;

/// What was decided to be done to whom. It is under way until it is dropped.
#[derive(Debug)]
pub struct Strike {
    pub(super) number: u64,
    pub(super) victim: Arc<Victim>,
    pub(super) effect: Arc<Effect>,
    /// When it was decided, since the start of the run.
    pub(super) began: Duration,
    /// Whether the last step is left out.
    pub(super) is_dry_run: bool,
    /// None in a dry run, where the clock says how long it counts. It goes first: once nothing is active, all is given back.
    pub(super) _held: Option<Held>,
    pub(super) entry: Entry,
}

impl Strike {
    /// Does it, to its end: before that where it is told to, and not at all where it was told before it has begun.
    pub(super) async fn carry_out(&self) -> Report {
        let Self { number, victim, effect, entry, .. } = self;
        if entry.recall().is_told() {
            entry.recall().heed();
            return Report::refused("it was to end before it had reached the victim: nothing was done");
        }
        let mut carried_out = victim.backend().carry_out(*number, effect);
        tokio::select! {
            // In this order: who hears of an end before the call knows nothing that it could end.
            biased;
            report = &mut carried_out => return report,
            () = entry.recall().told() => {}
        }
        // A signal is on its way, and who knows nothing of `end` goes on.
        if effect.inverse == Inverse::End && victim.backend().keeps_leases() {
            entry.recall().heed();
        }
        let (victim, number) = (Arc::clone(victim), *number);
        tokio::spawn(async move { victim.backend().end(number).await });
        carried_out.await
    }

    /// What it came to, and what was seen of it; there is no report of a dry run but an empty one.
    pub(super) fn outcome(&self, run: &Run, report: Report, seen: Option<Seen>) -> Outcome {
        let Self { number, victim, effect, began, is_dry_run, entry, .. } = self;
        let Report { result, observed, error } = report;
        let took = (run.clock.offset() - *began).as_secs_f64();
        let possible = Possible::within(took);
        // Only what has told its end has ended by that word: who hangs, or raises, ends on its lease, if at all.
        let is_ended = matches!(error, None | Some(Failure::Refused(_))) && took < effect.lease.as_secs_f64();
        let lost = error.is_none() && !self.is_used_up(observed.as_ref()) && self.is_lost_within(took);
        let lost = lost.then_some(EndedBy::Victim);
        let evidence = Evidence::of(victim.kind(), effect, observed.as_ref(), seen.as_ref(), &possible);
        let verdict = match &error {
            Some(Failure::WrongUse(_) | Failure::Refused(_)) => Verdict::None,
            Some(Failure::Unclear(_) | Failure::Silent(_)) => Verdict::Unknown,
            None if *is_dry_run => Verdict::Unknown,
            None => evidence.verdict(effect),
        };
        Outcome {
            mark: Mark::now(run),
            strike: *number,
            victim: VictimMark::of(victim),
            method: effect.method.clone(),
            asked: effect.options.clone(),
            observed,
            seen,
            doubt: evidence.doubt,
            verdict,
            ended_by: entry.recall().ended_by().filter(|_| is_ended).or(lost),
            dry_run: *is_dry_run,
            result,
            error,
            took,
        }
    }

    /// Whether its victim's process has ended before the effect's own length was over.
    fn is_lost_within(&self, took: f64) -> bool {
        let Self { victim, effect, is_dry_run, .. } = self;
        let length = Effect::time_option(&effect.method).map(|option| {
            effect.option(option).and_then(Value::as_f64).unwrap_or(effect.lease.as_secs_f64())
        });
        !is_dry_run && length.is_some_and(|length| took < length) && victim.process().has_exited()
    }

    /// Whether it has hit as often as it was to, and was over with that.
    fn is_used_up(&self, observed: Option<&Value>) -> bool {
        let times = self.effect.option("times").and_then(Value::as_u64);
        let hits = observed.and_then(|observed| observed.get("hits")?.as_u64());
        times.zip(hits).is_some_and(|(times, hits)| hits >= times)
    }
}
