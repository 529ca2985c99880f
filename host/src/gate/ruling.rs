//! The gate's answer to a wish, and how it comes about: without a process, a socket or a sleep.

use super::declared;
use super::refusal::{Refusal, Rule};
use crate::effect::Effect;
use crate::roster::Victim;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The gate's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ruling {
    /// It is done.
    Strike,
    /// It would be done, and is left out.
    DryRun,
    /// It is not done.
    Refused(Refusal),
}

/// What a ruling depends on besides the wish: values, so that it is decided without a process or a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct State {
    pub(super) paused: bool,
    pub(super) stopping: bool,
    pub(super) dry_run: bool,
    pub(super) selected: bool,
    pub(super) leaving: bool,
    /// How long the victim is not asked for yet, since it did not answer.
    pub(super) silent: Option<Duration>,
}

/// Decides, and does nothing.
pub(super) fn rule(
    state: State,
    victim: Result<&Victim, &Refusal>,
    planned: Result<&Effect, &Refusal>,
) -> Ruling {
    let refused = |rule, reason: String| Ruling::Refused(Refusal::new(rule, reason));
    if state.stopping {
        return refused(Rule::Stopping, "the host is stopping".to_owned());
    }
    let victim = match victim {
        Ok(victim) => victim,
        Err(refusal) => return Ruling::Refused(refusal.clone()),
    };
    if victim.process().has_exited() {
        return refused(
            Rule::NoVictim,
            format!("{} (pid {}) has exited", victim.name(), victim.process().pid()),
        );
    }
    if state.leaving {
        let reason = "this generation of the instance is leaving, and has no tick open to strike in";
        return refused(Rule::Leaving, reason.to_owned());
    }
    if !state.selected {
        let name = victim.name();
        return refused(
            Rule::NotSelected,
            format!("{name} is none of this instance's victims: see its selector"),
        );
    }
    let effect = match planned {
        Ok(effect) => effect,
        Err(refusal) => return Ruling::Refused(refusal.clone()),
    };
    let method = effect.method.as_str();
    if method == "signal" && victim.process().has_changed_user() {
        let name = victim.name();
        let reason = format!("{name} runs as another user than when it registered: register it again");
        return refused(Rule::AnotherUser, reason);
    }
    if let Some(objection) = victim.objection_to(method) {
        return refused(Rule::NotDeclared, objection);
    }
    // By now it is a method that it declares, or a signal.
    if victim.means_the_protocols()
        && let Err(refusal) = declared::check(effect, victim.kind())
    {
        return Ruling::Refused(refusal);
    }
    // A signal asks for no answer.
    if let Some(left) = state.silent.filter(|_| method != "signal") {
        let (name, left) = (victim.name(), left.as_secs_f64().ceil());
        let reason = format!(
            "{name} has left a call unanswered, and is asked again in {left} s: see whether it hangs"
        );
        return refused(Rule::Silent, reason);
    }
    if state.paused {
        return refused(Rule::Paused, "chaos is paused: `chaos-kitty resume` lets it go on".to_owned());
    }
    if state.dry_run { Ruling::DryRun } else { Ruling::Strike }
}

#[cfg(test)]
mod tests {
    use super::super::plan::plan;
    use super::*;
    use crate::roster::Candidate;
    use crate::roster::Roster;
    use crate::roster::tests::{candidate, candidate_of};
    use chaos_kitty_bus::Value;

    const OPEN: State = State {
        paused: false,
        stopping: false,
        dry_run: false,
        selected: true,
        leaving: false,
        silent: None,
    };

    fn ruling(state: State, methods: Option<&[&str]>, method: &str) -> Ruling {
        let roster = Roster::default();
        let mut candidate = candidate("web");
        candidate.methods = methods.map(|methods| methods.iter().collect());
        let victim = roster.add(candidate);
        let planned =
            plan(method.to_owned(), Vec::new(), Value::map([("duration", 1), ("signal", 15)]), None);
        rule(state, Ok(&victim), planned.as_ref())
    }

    /// Of a victim's whose worker takes part in leases, or does not.
    fn ruling_without_options(keeps_leases: bool, methods: Option<&[&str]>, method: &str) -> Ruling {
        let methods = methods.map(|methods| methods.iter().collect());
        let victim = Roster::default().add(Candidate { methods, ..candidate_of("web", keeps_leases) });
        let planned = plan(method.to_owned(), Vec::new(), Value::Map(Vec::new()), None);
        rule(OPEN, Ok(&victim), planned.as_ref())
    }

    #[test]
    fn what_a_method_cannot_do_without_is_asked_of_those_who_mean_the_protocols() {
        for method in ["delay", "freeze", "cpu_spin", "allocate_memory", "raise_error"] {
            let ours = ruling_without_options(true, Some(&[method]), method);
            assert_eq!(refused_by(ours), Some(Rule::Arguments), "{method}");
            let not_declared = ruling_without_options(true, Some(&["flush"]), method);
            assert_eq!(refused_by(not_declared), Some(Rule::NotDeclared), "{method}");
            for theirs in [(false, Some(&[method][..])), (true, None), (false, None)] {
                assert_eq!(ruling_without_options(theirs.0, theirs.1, method), Ruling::Strike, "{method}");
            }
        }
        assert_eq!(ruling_without_options(true, Some(&["flush"]), "flush"), Ruling::Strike);
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
        let silent = State { silent: Some(Duration::from_millis(1500)), ..paused };
        assert_eq!(refused_by(ruling(silent, None, "delay")), Some(Rule::Silent));
        assert_eq!(ruling(State { paused: false, ..silent }, None, "signal"), Ruling::Strike);
        let leaving = State { leaving: true, ..OPEN };
        assert_eq!(refused_by(ruling(leaving, None, "delay")), Some(Rule::Leaving));
        let stranger = State { selected: false, ..OPEN };
        assert_eq!(refused_by(ruling(stranger, None, "delay")), Some(Rule::NotSelected));
        let planned = plan("delay".to_owned(), Vec::new(), Value::map([("duration", 1)]), None);
        let nobody = Refusal::new(Rule::NoVictim, "there is no victim 7");
        assert_eq!(refused_by(rule(OPEN, Err(&nobody), planned.as_ref())), Some(Rule::NoVictim));
        let victim = Roster::default().add(candidate("web"));
        let wrong = plan("delay".to_owned(), Vec::new(), Value::map([("duration", -1)]), None);
        assert_eq!(refused_by(rule(OPEN, Ok(&victim), wrong.as_ref())), Some(Rule::Arguments));
    }
}
