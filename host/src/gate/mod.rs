//! Where the host decides whether an effect may happen: the one way to a victim, for everyone.

mod active;
mod arguments;
mod decision;
mod declared;
mod doubt;
mod ended_by;
mod ending;
mod evidence;
mod limits;
mod meant;
mod member;
mod origin;
mod outcome;
mod pause;
mod plan;
mod probing;
mod reading;
mod recall;
mod refusal;
mod ruling;
mod strike;
mod under_way;
mod undone;
mod verdict;
mod wish;

pub use decision::Decision;
pub use ended_by::EndedBy;
pub use limits::ListedLimit;
pub(crate) use meant::{GIVE_THE_ID, meant};
pub use origin::Origin;
pub use outcome::Outcome;
pub use pause::Holder;
pub use refusal::{Refusal, Rule};
pub use ruling::Ruling;
pub use strike::Strike;
pub use under_way::UnderWay;
pub use undone::Undone;
pub use verdict::Verdict;
pub use wish::{InTick, Who, Wish};

use crate::backend::{Failure, Report};
use crate::configuration::Limits;
use crate::journal::{Journal, Mark, Receipt, Record, VictimMark};
use crate::roster::Roster;
use crate::run::Run;
use crate::witness::{self, Seen};
use active::Active;
use limits::Ledger;
use member::Member;
use pause::Pause;
use ruling::{State, rule};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The gate: instance, operator, schedule and replay all come through it.
#[derive(Debug)]
pub struct Gate {
    run: Arc<Run>,
    roster: Arc<Roster>,
    journal: Journal,
    dry_run: bool,
    pause: Pause,
    stopping: AtomicBool,
    strikes: AtomicU64,
    active: Arc<Active>,
    ledger: Arc<Ledger>,
}

impl Gate {
    /// A gate before the victims of this roster, without limits. Where it begins paused, that is the operator's pause.
    pub fn new(run: Arc<Run>, roster: Arc<Roster>, paused: bool, dry_run: bool) -> Arc<Self> {
        let ledger = Ledger::new(run.clock.clone(), &roster);
        let pause = Pause::default();
        if paused {
            run.clock.hold();
            pause.hold(Holder::Operator);
        }
        Arc::new(Self {
            ledger,
            run,
            roster,
            journal: Journal::default(),
            dry_run,
            pause,
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
        self.begin(wish)?.await
    }

    /// The same, and it is decided when this comes back: who waits for its turn to ask holds it no longer than that.
    ///
    /// # Errors
    /// The gate refused.
    pub(crate) fn begin(
        self: &Arc<Self>,
        wish: Wish,
    ) -> Result<impl Future<Output = Result<Outcome, Refusal>> + Send + use<>, Refusal> {
        let (strike, receipt) = self.rule(wish)?;
        let gate = Arc::clone(self);
        let strike = tokio::spawn(async move { gate.carry_out(strike, receipt).await });
        Ok(async move {
            strike.await.unwrap_or_else(|error| {
                let reason = format!("the strike did not run to its end: {error}");
                Err(Refusal::new(Rule::Stopping, reason))
            })
        })
    }

    /// Decides, and hands the decision in.
    fn rule(&self, wish: Wish) -> Result<(Strike, Receipt), Refusal> {
        match self.decide(wish) {
            (decision, Ok(strike)) => Ok((strike, self.journal.decide(decision))),
            (decision, Err(refusal)) => {
                self.journal.write(Record::Decision(decision));
                Err(refusal)
            }
        }
    }

    /// The decision is in the file before anything is done, and what cannot be written down is refused.
    async fn carry_out(self: Arc<Self>, strike: Strike, decision: Receipt) -> Result<Outcome, Refusal> {
        if let Err(refusal) = self.journal.is_written(decision).await {
            self.ledger.take_back(strike.number);
            return Err(refusal);
        }
        let (report, seen) = if strike.is_dry_run { <_>::default() } else { self.touch(&strike).await };
        let outcome = strike.outcome(&self.run, report, seen);
        self.journal.conclude(outcome.clone()).await;
        // Only now: a host that stops waits for the last strike, and what came of it is to be written down.
        drop(strike);
        Ok(outcome)
    }

    /// Rules on a wish. What may happen is under way from then on, until the strike is dropped; nothing has been written
    /// down yet, and nothing done.
    pub fn decide(&self, wish: Wish) -> (Decision, Result<Strike, Refusal>) {
        let number = self.strikes.fetch_add(1, Ordering::Relaxed) + 1;
        let now = self.run.clock.now();
        let Wish { origin, victim: who, selected, leaving, tick, method, arguments, options, lease } = wish;
        let origin = Arc::new(origin);
        let planned = plan::plan(method, arguments, options, lease);
        let planned = planned.and_then(|effect| probing::permit(&origin, effect)).map(Arc::new);
        let effect = planned.as_ref().ok().map(Arc::clone);
        // Before the ruling: a host that stops either finds the strike here, or is found stopping by the ruling. What
        // entered only after it could begin behind the back of a host that is done with ending effects.
        let found = meant(&who, meant::advice(&origin), &self.roster).map(|victim| {
            let (origin, effect, began) = (Arc::clone(&origin), effect.clone(), now.offset);
            let member =
                Member { origin, victim: Arc::clone(&victim), effect, began, recall: Arc::default() };
            let entry = self.active.enter(number, member);
            (victim, entry)
        });
        let victim = found.as_ref().map(|(victim, _)| &**victim);
        let silent = victim.ok().and_then(|victim| victim.is_silent_for(now.offset));
        // Who was given its tick before chaos was let go asks from before that, however late it comes.
        let paused = self.is_paused() || tick.is_some_and(|tick| tick.number == 0);
        let state = State { paused, selected, leaving, silent, ..self.state() };
        let state = probing::relax(&origin, state);
        let ruling = rule(state, victim, planned.as_deref());
        let mark = victim.ok().map(VictimMark::of);
        let strike = match (ruling, found) {
            (Ruling::Refused(refusal), _) | (_, Err(refusal)) => Err(refusal),
            // The limits come last, since what they let pass counts from then on.
            (ruling, Ok((victim, entry))) => planned.and_then(|effect| {
                let is_dry_run = ruling == Ruling::DryRun;
                let due = tick.map(|tick| tick.due);
                // What asks is no chaos, and counts for none.
                let held = match origin.is_probe() {
                    true => None,
                    false => self.ledger.admit(number, &origin, &victim, &effect, is_dry_run, due)?,
                };
                let began = now.offset;
                Ok(Strike { number, victim, effect, began, is_dry_run, _held: held, entry })
            }),
        };
        let ruling = match &strike {
            Ok(Strike { is_dry_run: false, .. }) => Ruling::Strike,
            Ok(_) => Ruling::DryRun,
            Err(refusal) => Ruling::Refused(refusal.clone()),
        };
        let decision = Decision {
            mark: Mark::at(&self.run, now),
            strike: number,
            origin,
            tick: tick.map(|tick| tick.number),
            victim: mark,
            effect,
            ruling,
        };
        (decision, strike)
    }

    /// Does it to the victim, to its end; and what was seen of it.
    async fn touch(&self, strike: &Strike) -> (Report, Option<Seen>) {
        let Strike { victim, effect, .. } = strike;
        let (report, seen) = witness::watched(&self.run.clock, victim, effect, strike.carry_out()).await;
        match &report.error {
            Some(Failure::Silent(_)) => victim.answered(false, self.run.clock.offset()),
            Some(Failure::Refused(_)) => {}
            _ if effect.method == "signal" => {}
            _ => victim.answered(true, self.run.clock.offset()),
        }
        if let Some(Failure::Unclear(why) | Failure::Silent(why)) = &report.error {
            strike.entry.recall().keep_unsure(why);
        }
        // Before the effect is over: in between it would look healthy.
        self.ledger.look_at(victim);
        (report, seen)
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

    /// Stops everyone's effects, the operator's too, until this holder's [`Self::resume`]. Leases run on.
    pub fn pause(&self, holder: Holder) {
        self.pause.hold(holder);
    }

    /// Lets effects happen again, unless somebody else holds chaos still.
    pub fn resume(&self, holder: Holder) {
        self.pause.release(holder, &self.run.clock);
    }

    /// Whether chaos is paused.
    pub fn is_paused(&self) -> bool {
        self.pause.is_held()
    }

    /// Who holds chaos: nobody where it is not paused.
    pub fn holders(&self) -> Vec<Holder> {
        self.pause.holders()
    }

    /// Whether there are limits, so that what one has another may not get.
    pub(crate) fn is_limited(&self) -> bool {
        self.ledger.is_limiting()
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
