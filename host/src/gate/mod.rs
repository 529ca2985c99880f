//! Where the host decides whether an effect may happen: the one way to a victim, for everyone.

mod active;
mod decision;
mod doubt;
mod limits;
mod origin;
mod outcome;
mod plan;
mod refusal;
mod ruling;
mod strike;
mod verdict;
mod wish;

pub use decision::Decision;
pub use limits::ListedLimit;
pub use origin::Origin;
pub use outcome::Outcome;
pub use refusal::{Refusal, Rule};
pub use ruling::Ruling;
pub use strike::Strike;
pub use verdict::Verdict;
pub use wish::{Who, Wish};

use crate::backend::{Failure, Report};
use crate::configuration::Limits;
use crate::journal::{Journal, Mark, Record, VictimMark};
use crate::roster::{Roster, Victim};
use crate::run::Run;
use active::Active;
use limits::Ledger;
use ruling::{State, no_victim, rule};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// How long a stopping host waits for the victims to say that their effects have ended; they end in any case, when
/// the connection closes.
const ENDING: Duration = Duration::from_millis(500);

/// The gate: instance, operator, schedule and replay all come through it.
#[derive(Debug)]
pub struct Gate {
    run: Arc<Run>,
    roster: Arc<Roster>,
    journal: Journal,
    dry_run: bool,
    paused: AtomicBool,
    stopping: AtomicBool,
    strikes: AtomicU64,
    active: Arc<Active>,
    ledger: Arc<Ledger>,
}

impl Gate {
    /// A gate before the victims of this roster, without limits.
    pub fn new(run: Arc<Run>, roster: Arc<Roster>, paused: bool, dry_run: bool) -> Arc<Self> {
        let ledger = Ledger::new(run.clock.clone(), &roster);
        Arc::new(Self {
            ledger,
            run,
            roster,
            journal: Journal::default(),
            dry_run,
            paused: AtomicBool::new(paused),
            stopping: AtomicBool::new(false),
            strikes: AtomicU64::new(0),
            active: Arc::default(),
        })
    }

    /// Decides on a wish and, where it may be, carries it out to its end.
    ///
    /// Once decided it runs to its outcome, also where the caller stops waiting.
    ///
    /// # Errors
    /// The gate refused.
    pub async fn strike(self: &Arc<Self>, wish: Wish) -> Result<Outcome, Refusal> {
        let gate = Arc::clone(self);
        let strike = tokio::spawn(async move { gate.carry_out(wish).await });
        strike.await.unwrap_or_else(|error| {
            Err(Refusal::new(Rule::Stopping, format!("the strike did not run to its end: {error}")))
        })
    }

    async fn carry_out(self: Arc<Self>, wish: Wish) -> Result<Outcome, Refusal> {
        let (decision, strike) = self.decide(wish);
        self.journal.write(Record::Decision(decision));
        let strike = strike?;
        let report = if strike.is_dry_run { None } else { Some(self.touch(&strike).await) };
        let outcome = strike.outcome(&self.run, report);
        self.journal.write(Record::Outcome(outcome.clone()));
        // Only now: a host that stops waits for the last strike, and what came of it is to be written down.
        drop(strike);
        Ok(outcome)
    }

    /// Rules on a wish. What may happen is under way from then on, until the strike is dropped; nothing has been written
    /// down yet, and nothing done.
    pub fn decide(&self, wish: Wish) -> (Decision, Result<Strike, Refusal>) {
        let number = self.strikes.fetch_add(1, Ordering::Relaxed) + 1;
        let now = self.run.clock.now();
        let victim = match &wish.victim {
            Who::Id(id) => self.roster.get(*id),
            Who::Name(name) => self.roster.named(name),
        };
        let origin = Arc::new(wish.origin.clone());
        // Before the ruling: a host that stops either finds the strike here, or is found stopping by the ruling. What
        // entered only after it could begin behind the back of a host that is done with ending effects.
        let enter = |victim: &Arc<Victim>| self.active.enter(number, Arc::clone(&origin), Arc::clone(victim));
        let entry = victim.as_ref().map(enter);
        let planned = plan::plan(&wish.method, wish.arguments, wish.options, wish.lease);
        let silent = victim.as_ref().and_then(|victim| victim.is_silent_for(now.offset));
        let state = State { selected: wish.selected, leaving: wish.leaving, silent, ..self.state() };
        let ruling = rule(state, &wish.victim, victim.as_deref(), &planned, &wish.method);
        let effect = planned.as_ref().ok().cloned();
        let mark = victim.as_deref().map(VictimMark::of);
        let strike = match (ruling, victim, entry) {
            (Ruling::Refused(refusal), ..) => Err(refusal),
            (_, None, _) | (_, _, None) => Err(no_victim(&wish.victim)),
            // The limits come last, since what they let pass counts from then on.
            (ruling, Some(victim), Some(entry)) => planned.and_then(|effect| {
                let is_dry_run = ruling == Ruling::DryRun;
                let held = self.ledger.admit(number, &origin, &victim, &effect, is_dry_run)?;
                Ok(Strike {
                    number,
                    victim,
                    effect,
                    began: now.offset,
                    is_dry_run,
                    _held: held,
                    _entry: entry,
                })
            }),
        };
        let ruling = match &strike {
            Ok(Strike { is_dry_run: false, .. }) => Ruling::Strike,
            Ok(_) => Ruling::DryRun,
            Err(refusal) => Ruling::Refused(refusal.clone()),
        };
        let origin = wish.origin;
        let decision =
            Decision { mark: Mark::at(&self.run, now), strike: number, origin, victim: mark, effect, ruling };
        (decision, strike)
    }

    /// Does it to the victim, to its end.
    async fn touch(&self, strike: &Strike) -> Report {
        let Strike { number, victim, effect, .. } = strike;
        let report = victim.backend().carry_out(*number, effect).await;
        match &report.error {
            Some(Failure::Silent(_)) => victim.answered(false, self.run.clock.offset()),
            Some(Failure::Refused(_)) => {}
            _ if effect.method == "signal" => {}
            _ => victim.answered(true, self.run.clock.offset()),
        }
        // Before the effect is over: in between it would look healthy.
        self.ledger.look_at(victim);
        report
    }

    /// From now on these limits hold. What is under way counts, as do the strikes of the last minute where their number was
    /// limited before.
    pub fn limit(&self, limits: &Limits) {
        self.ledger.limit(limits);
    }

    /// The limits, and what is used of each.
    pub fn limits(&self) -> Vec<ListedLimit> {
        self.ledger.listed()
    }

    /// Stops everyone's effects, the operator's too, until [`Self::resume`]. Leases run on.
    pub fn pause(&self) {
        self.paused.store(true, Ordering::SeqCst);
    }

    /// Lets effects happen again.
    pub fn resume(&self) {
        self.paused.store(false, Ordering::SeqCst);
    }

    /// Whether chaos is paused.
    pub fn is_paused(&self) -> bool {
        self.paused.load(Ordering::SeqCst)
    }

    /// Whether the last step is left out.
    pub fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    /// Decisions so far, refusals among them.
    pub fn decisions(&self) -> u64 {
        self.strikes.load(Ordering::Relaxed)
    }

    /// Effects under way.
    pub fn active(&self) -> usize {
        self.active.count()
    }

    /// Where the records go.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Lets nothing begin any more and ends what is under way, within about half a second.
    pub async fn close(&self) {
        self.end_all();
        let _ = tokio::time::timeout(ENDING, self.active.none()).await;
        self.journal.close();
    }

    /// Tells what somebody has under way to end, within a tokio runtime.
    pub fn end(&self, origin: &Origin) {
        self.end_those(|other| other == origin);
    }

    /// Lets nothing begin any more and tells what is under way to end.
    fn end_all(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        self.end_those(|_| true);
    }

    fn end_those(&self, are_meant: impl Fn(&Origin) -> bool) {
        for (strike, victim) in self.active.of(are_meant) {
            tokio::spawn(async move { victim.backend().end(strike).await });
        }
    }

    fn state(&self) -> State {
        State {
            paused: self.is_paused(),
            stopping: self.stopping.load(Ordering::SeqCst),
            dry_run: self.dry_run,
            selected: true,
            leaving: false,
            silent: None,
        }
    }
}

#[cfg(test)]
mod interleavings;
#[cfg(test)]
mod properties;
