//! A replay under way: each strike at its offset, until one cannot be made.

use super::obstacle::{By, Obstacle};
use super::part::Part;
use crate::backend::Failure;
use crate::clock::Clock;
use crate::gate::{Outcome, Refusal, Verdict};
use chaos_kitty_bus::{CallError, Proxy, Request, Value, from_value};
use serde::Serialize;
use std::fmt::Display;
use std::time::Duration;
use tokio::task::JoinSet;

/// Longer than the longest lease: the host's own deadlines end a strike before this does.
const PATIENCE: Duration = Duration::from_secs(3700);

/// How long effects that are ended may take to come to their outcomes.
const ENDING: Duration = Duration::from_secs(5);

/// A strike that was made again.
#[derive(Debug, Clone, Serialize)]
pub struct Struck {
    /// Its number in its run.
    pub strike: u64,
    /// When it was due, in seconds since the replay's start.
    pub offset: f64,
    /// How much later it was asked for, in seconds.
    pub late: f64,
    /// The victim's name.
    pub victim: String,
    /// The method.
    pub method: String,
    /// What it came to in its run; none where that was not recorded.
    pub then: Option<Verdict>,
    /// What it came to now; none where the host leaves the last step out, and nothing was done.
    pub now: Option<Verdict>,
}

/// Strikes that are being made again. Its effects end when it is ended, and when it is dropped with its connection.
#[derive(Debug)]
pub struct Playing {
    chaos: Proxy,
    clock: Clock,
    parts: std::vec::IntoIter<Part>,
    next: Option<Part>,
    under_way: JoinSet<Result<Struck, Obstacle>>,
}

impl Playing {
    /// Begins now. The parts are in order.
    pub fn start(chaos: Proxy, parts: Vec<Part>) -> Self {
        let mut parts = parts.into_iter();
        let next = parts.next();
        Self { chaos, clock: Clock::start(), parts, next, under_way: JoinSet::new() }
    }

    /// The next strike that has come to its outcome; none when all have. It can be dropped and asked for again.
    ///
    /// # Errors
    /// The first strike that could not be made: nothing begins after it.
    pub async fn struck(&mut self) -> Result<Option<Struck>, Obstacle> {
        loop {
            let due = self.next.as_ref().map(|part| part.at);
            tokio::select! {
                biased;
                () = self.clock.reach(due.unwrap_or_default()), if due.is_some() => self.begin(),
                Some(struck) = self.under_way.join_next() => match struck {
                    Ok(Ok(struck)) => return Ok(Some(struck)),
                    Ok(Err(obstacle)) => {
                        self.next = None;
                        return Err(obstacle);
                    }
                    // A panic of ours, which was reported.
                    Err(_) => {}
                },
                else => return Ok(None),
            }
        }
    }

    /// Ends the effects that are under way, waits a while for that, and lets nothing begin any more. Answers how many have not
    /// ended: they may be under way still, until their leases end.
    pub async fn end(mut self) -> usize {
        self.next = None;
        let ending = async {
            // A host that has gone has ended them.
            let _ = self.chaos.call(Request::new("end_replay"), ENDING).await;
            while self.under_way.join_next().await.is_some() {}
        };
        let _ = tokio::time::timeout(ENDING, ending).await;
        self.under_way.len()
    }

    fn begin(&mut self) {
        let Some(part) = std::mem::replace(&mut self.next, self.parts.next()) else { return };
        let late = self.clock.offset().saturating_sub(part.at);
        let chaos = self.chaos.clone();
        self.under_way.spawn(async move {
            let answer = chaos.call(part.request(), PATIENCE).await;
            let outcome = part.understood(answer)?;
            Ok(Struck {
                strike: part.number(),
                offset: part.at.as_secs_f64(),
                late: late.as_secs_f64(),
                victim: part.victim().to_owned(),
                method: part.method().to_owned(),
                then: part.verdict_then(),
                now: (!outcome.dry_run).then_some(outcome.verdict),
            })
        });
    }
}

impl Part {
    /// What the host answered. What failed then may fail again: that is what happened.
    fn understood(&self, answer: Result<Value, CallError>) -> Result<Outcome, Obstacle> {
        let senseless = |error: &dyn Display| {
            self.stopped(By::Call, format!("the host's answer makes no sense: {error}"))
        };
        let answer = answer.map_err(|error| self.stopped(By::Call, error.to_string()))?;
        if let Some(refused) = answer.get("refused").cloned() {
            let refusal: Refusal = from_value(refused).map_err(|error| senseless(&error))?;
            return Err(self.stopped(By::Rule(refusal.rule), refusal.to_string()));
        }
        let outcome: Outcome = from_value(answer).map_err(|error| senseless(&error))?;
        let failed_then = self.then.as_ref().is_some_and(|then| then.error.is_some());
        match &outcome.error {
            Some(error @ Failure::WrongUse(_)) if !failed_then => {
                Err(self.stopped(By::Call, error.to_string()))
            }
            Some(error) if !failed_then => Err(self.stopped(By::Victim, error.to_string())),
            _ => Ok(outcome),
        }
    }
}
