//! Where the host decides whether an effect may happen: the one way to a victim, for everyone.

mod active;
mod decision;
mod effect;
mod journal;
mod origin;
mod outcome;
mod record;
mod refusal;
mod signal;
mod verdict;
mod wish;

pub use decision::{Decision, Ruling};
pub use effect::{Effect, Inverse};
pub use journal::Journal;
pub use origin::Origin;
pub use outcome::Outcome;
pub use record::{Mark, Record, VictimMark};
pub use refusal::{Refusal, Rule};
pub(crate) use signal::parse as parse_signal;
pub use verdict::Verdict;
pub use wish::{Who, Wish};

use crate::backend::{Failure, Report};
use crate::roster::{Roster, Victim};
use crate::run::Run;
use active::Active;
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
}

/// What a ruling depends on besides the wish: values, so that it is decided without a process or a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    paused: bool,
    stopping: bool,
    dry_run: bool,
}

impl Gate {
    /// A gate before the victims of this roster.
    pub fn new(run: Arc<Run>, roster: Arc<Roster>, paused: bool, dry_run: bool) -> Arc<Self> {
        Arc::new(Self {
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
        let number = self.strikes.fetch_add(1, Ordering::Relaxed) + 1;
        let victim = match &wish.victim {
            Who::Id(id) => self.roster.get(*id),
            Who::Name(name) => self.roster.named(name),
        };
        let planned = Effect::plan(&wish.method, wish.arguments, wish.options, wish.lease);
        let ruling = rule(self.state(), &wish.victim, victim.as_deref(), &planned, &wish.method);
        let began = self.run.clock.offset();
        self.journal.write(Record::Decision(Decision {
            mark: self.run.mark(number),
            origin: wish.origin,
            victim: victim.as_ref().map(|victim| victim.mark()),
            effect: planned.as_ref().ok().cloned(),
            ruling: ruling.clone(),
        }));
        let (effect, victim) = match (ruling, planned, victim) {
            (Ruling::Refused(refusal), _, _) | (_, Err(refusal), _) => return Err(refusal),
            (_, _, None) => return Err(no_victim(&wish.victim)),
            (Ruling::DryRun, Ok(effect), Some(victim)) => {
                return Ok(self.outcome(number, &victim, &effect, began, None));
            }
            (Ruling::Strike, Ok(effect), Some(victim)) => (effect, victim),
        };
        let entry = self.active.enter(number, Arc::clone(&victim));
        let report = victim.backend().carry_out(number, &effect).await;
        let outcome = self.outcome(number, &victim, &effect, began, Some(report));
        self.journal.write(Record::Outcome(outcome.clone()));
        // Only now: a host that stops waits for the last strike, and what came of it is to be written down.
        drop(entry);
        Ok(outcome)
    }

    fn outcome(
        &self,
        number: u64,
        victim: &Victim,
        effect: &Effect,
        began: Duration,
        report: Option<Report>,
    ) -> Outcome {
        let dry_run = report.is_none();
        let Report { result, observed, error } = report.unwrap_or_default();
        let (verdict, error) = match error {
            Some(Failure::Refused(why)) => (Verdict::None, Some(why)),
            Some(Failure::Lost(why)) => (Verdict::Unknown, Some(why)),
            None if dry_run => (Verdict::Unknown, None),
            None => (Verdict::of(effect, observed.as_ref()), None),
        };
        Outcome {
            mark: self.run.mark(number),
            victim: victim.mark(),
            method: effect.method.clone(),
            asked: effect.options.clone(),
            observed,
            verdict,
            dry_run,
            result,
            error,
            took: (self.run.clock.offset() - began).as_secs_f64(),
        }
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
        self.stopping.store(true, Ordering::SeqCst);
        for (strike, victim) in self.active.all() {
            tokio::spawn(async move { victim.backend().end(strike).await });
        }
        let _ = tokio::time::timeout(ENDING, self.active.none()).await;
    }

    fn state(&self) -> State {
        State {
            paused: self.is_paused(),
            stopping: self.stopping.load(Ordering::SeqCst),
            dry_run: self.dry_run,
        }
    }
}

/// Decides, and does nothing.
fn rule(
    state: State,
    who: &Who,
    victim: Option<&Victim>,
    planned: &Result<Effect, Refusal>,
    method: &str,
) -> Ruling {
    let refused = |rule, reason: String| Ruling::Refused(Refusal::new(rule, reason));
    if state.stopping {
        return refused(Rule::Stopping, "the host is stopping".to_owned());
    }
    let Some(victim) = victim else { return Ruling::Refused(no_victim(who)) };
    if victim.process().has_exited() {
        return refused(
            Rule::NoVictim,
            format!("{} (pid {}) has exited", victim.name(), victim.process().pid()),
        );
    }
    if let Err(refusal) = planned {
        return Ruling::Refused(refusal.clone());
    }
    if let Some(objection) = victim.objection_to(method) {
        return refused(Rule::NotDeclared, objection);
    }
    if state.paused {
        return refused(Rule::Paused, "chaos is paused: `chaos-kitty resume` lets it go on".to_owned());
    }
    if state.dry_run { Ruling::DryRun } else { Ruling::Strike }
}

fn no_victim(who: &Who) -> Refusal {
    Refusal::new(
        Rule::NoVictim,
        format!("there is no victim {who}: `chaos-kitty victims` lists those there are"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::tests::candidate;
    use chaos_kitty_bus::Value;

    const OPEN: State = State { paused: false, stopping: false, dry_run: false };

    fn ruling(state: State, methods: Option<&[&str]>, method: &str) -> Ruling {
        let roster = Roster::default();
        let mut candidate = candidate("web");
        candidate.methods = methods.map(|methods| methods.iter().map(|&method| method.to_owned()).collect());
        let victim = roster.add(candidate);
        let planned = Effect::plan(method, Vec::new(), Value::map([("duration", 1), ("signal", 15)]), None);
        rule(state, &Who::Id(victim.id()), Some(&victim), &planned, method)
    }

    fn refused_by(ruling: Ruling) -> Option<Rule> {
        match ruling {
            Ruling::Refused(refusal) => Some(refusal.rule),
            _ => None,
        }
    }

    #[test]
    fn an_open_gate_lets_what_is_declared_through() {
        assert_eq!(ruling(OPEN, Some(&["delay"]), "delay"), Ruling::Strike);
        assert_eq!(ruling(OPEN, Some(&[]), "signal"), Ruling::Strike, "a signal is the host's own doing");
        assert_eq!(
            ruling(OPEN, None, "anything"),
            Ruling::Strike,
            "a Ruby worker does not say what it offers"
        );
    }

    #[test]
    fn dry_run_takes_the_same_way_and_leaves_out_the_last_step() {
        let dry = State { dry_run: true, ..OPEN };
        assert_eq!(ruling(dry, Some(&["delay"]), "delay"), Ruling::DryRun);
        assert_eq!(refused_by(ruling(dry, Some(&["delay"]), "flush")), Some(Rule::NotDeclared));
        assert_eq!(refused_by(ruling(State { paused: true, ..dry }, None, "delay")), Some(Rule::Paused));
    }

    #[test]
    fn each_rule_refuses_by_its_name() {
        let paused = State { paused: true, ..OPEN };
        assert_eq!(refused_by(ruling(paused, None, "delay")), Some(Rule::Paused));
        assert_eq!(
            refused_by(ruling(State { stopping: true, ..paused }, None, "delay")),
            Some(Rule::Stopping)
        );
        let planned = Effect::plan("delay", Vec::new(), Value::map([("duration", 1)]), None);
        assert_eq!(refused_by(rule(OPEN, &Who::Id(7), None, &planned, "delay")), Some(Rule::NoVictim));
        let victim = Roster::default().add(candidate("web"));
        let wrong = Effect::plan("delay", Vec::new(), Value::map([("duration", -1)]), None);
        assert_eq!(
            refused_by(rule(OPEN, &Who::Id(1), Some(&victim), &wrong, "delay")),
            Some(Rule::Arguments)
        );
    }
}
