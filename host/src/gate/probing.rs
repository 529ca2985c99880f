//! What is different for a probe: it asks how a victim is, and does nothing to it.

use super::origin::Origin;
use super::refusal::{Refusal, Rule};
use super::ruling::State;
use crate::effect::Effect;

/// A probe may ask for a victim's own methods alone.
///
/// # Errors
/// It is chaos.
pub(super) fn permit(origin: &Origin, effect: Effect) -> Result<Effect, Refusal> {
    if origin.is_probe() && Effect::is_chaos(&effect.method) {
        let reason =
            format!("{} is chaos, and {origin} is none: ask for a method of the victim's own", effect.method);
        return Err(Refusal::new(Rule::NoProbe, reason));
    }
    Ok(effect)
}

/// Pause and dry run stop chaos, and a victim that did not answer rests from it. A probe has to see how it is.
pub(super) fn relax(origin: &Origin, state: State) -> State {
    if origin.is_probe() { State { paused: false, dry_run: false, silent: None, ..state } } else { state }
}

#[cfg(test)]
mod tests {
    use crate::gate::{Gate, Origin, Rule, Verdict, Who, Wish};
    use crate::roster::Roster;
    use crate::roster::tests::candidate;
    use crate::run::Run;
    use chaos_kitty_bus::Value;
    use std::sync::Arc;

    #[tokio::test]
    async fn a_probe_passes_a_pause_and_does_no_chaos() {
        let roster = Arc::new(Roster::default());
        roster.add(candidate("web"));
        let gate = Gate::new(Arc::new(Run::start(None)), roster, true, true);
        let ask = async |origin: Origin, method: &str| {
            let wish = Wish {
                origin,
                victim: Who::Name("web".into()),
                selected: true,
                leaving: false,
                tick: None,
                method: method.to_owned(),
                arguments: Vec::new(),
                options: match method {
                    "disturb" => Value::map([("calls", "read"), ("errno", "EIO")]),
                    _ => Value::map([("duration", 1), ("signal", 15), ("leave", 0), ("by", 1)]),
                },
                lease: None,
            };
            gate.strike(wish).await
        };
        let probe = || Origin::Probe { name: "up".into() };
        let outcome = ask(probe(), "healthy").await.unwrap();
        assert_eq!((outcome.dry_run, outcome.verdict), (false, Verdict::Unknown));
        let chaos = ["delay", "raise_error", "allocate_memory", "cpu_spin", "trigger_gc", "signal"];
        for method in chaos.into_iter().chain(["freeze", "disturb", "take_descriptors", "shift_clock"]) {
            assert_eq!(ask(probe(), method).await.unwrap_err().rule, Rule::NoProbe, "{method}");
        }
        let operator = Origin::Operator { uid: 0, pid: 1 };
        assert_eq!(ask(operator, "healthy").await.unwrap_err().rule, Rule::Paused);
    }
}
