//! Evidence: the figures that a verdict goes by, out of what the victim says and what the host saw.

use super::doubt::Possible;
use super::verdict::Verdict;
use crate::effect::Effect;
use crate::roster::Kind;
use crate::witness::Seen;
use chaos_kitty_bus::Value;

/// What is believed of an effect.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Evidence {
    /// The figures; none where nobody can say.
    pub(super) figures: Option<Value>,
    /// Why what the victim says cannot be so, where it cannot.
    pub(super) doubt: Option<String>,
    /// Whether the figures may be those of the victim's own work: nobody who is believed says that they are not.
    is_mixed: bool,
}

impl Evidence {
    /// A victim's word is taken for what is possible, and for no more than the host saw; where it says nothing, the
    /// host's own figures count.
    pub(super) fn of(
        kind: Kind,
        effect: &Effect,
        observed: Option<&Value>,
        seen: Option<&Seen>,
        possible: &Possible,
    ) -> Self {
        let measured = observed.filter(|_| effect.is_measured());
        let mut doubt = measured.and_then(|observed| possible.doubt(observed));
        let told = observed.filter(|_| doubt.is_none());
        let mut figures = told.cloned();
        let mut is_mixed = false;
        for (seen, (key, figure)) in
            seen.into_iter().flat_map(|seen| seen.figures().map(move |it| (seen, it)))
        {
            if let Some((told, claim)) = told.and_then(|told| Some((told, told.get(key)?.as_f64()?))) {
                if !seen.is_less_than(told, key) {
                    continue;
                }
                doubt.get_or_insert_with(|| {
                    format!("{key} is {claim}, and the host saw {figure:.3} from outside")
                });
            }
            put(figures.get_or_insert(Value::Map(Vec::new())), key, figure);
            // Beside a program there is nobody's work but the effect's.
            is_mixed |= matches!(kind, Kind::Linked | Kind::Inside);
        }
        Self { figures, doubt, is_mixed }
    }

    /// What the effect came to. What the host saw of a process that works, too, speaks against an effect only: too little
    /// was not it, and enough may have been its own.
    pub(super) fn verdict(&self, effect: &Effect) -> Verdict {
        match Verdict::of(effect, self.figures.as_ref()) {
            Verdict::Effective if self.is_mixed => Verdict::Unknown,
            verdict => verdict,
        }
    }
}

fn put(map: &mut Value, key: &'static str, figure: f64) {
    if let Value::Map(entries) = map {
        entries.retain(|(name, _)| name.as_str() != Some(key));
        entries.push((Value::Symbol(key.into()), figure.into()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effect::tests::effect;

    fn evidence(method: &str, observed: Option<&[(&'static str, f64)]>, seen: Option<Seen>) -> Evidence {
        evidence_of(Kind::Linked, method, observed, seen)
    }

    fn evidence_of(
        kind: Kind,
        method: &str,
        observed: Option<&[(&'static str, f64)]>,
        seen: Option<Seen>,
    ) -> Evidence {
        let observed = observed.map(|figures| Value::map(figures.iter().copied()));
        Evidence::of(
            kind,
            &effect(method, [("duration", 1.0)]),
            observed.as_ref(),
            seen.as_ref(),
            &Possible::within(2.0),
        )
    }

    fn burnt(seconds: f64) -> Option<Seen> {
        Some(Seen { cpu_seconds: Some(seconds), gap_seconds: 0.05, ..Seen::default() })
    }

    #[test]
    fn a_victims_word_counts_for_as_much_as_was_seen() {
        let told = evidence("cpu_spin", Some(&[("cpu_seconds", 1.0), ("iterations", 7.0)]), burnt(1.02));
        assert_eq!(told.figures, Some(Value::map([("cpu_seconds", 1.0), ("iterations", 7.0)])));
        assert_eq!(told.doubt, None);
        let lie = evidence("cpu_spin", Some(&[("cpu_seconds", 1.0)]), burnt(0.25));
        assert_eq!(lie.figures, Some(Value::map([("cpu_seconds", 0.25)])));
        assert_eq!(lie.doubt.as_deref(), Some("cpu_seconds is 1, and the host saw 0.250 from outside"));
    }

    #[test]
    fn who_says_nothing_is_judged_by_what_was_seen() {
        let silent = evidence("cpu_spin", None, burnt(0.5));
        assert_eq!((silent.figures, silent.doubt), (Some(Value::map([("cpu_seconds", 0.5)])), None));
        let nothing = evidence("delay", None, None);
        assert_eq!((nothing.figures, nothing.doubt), (None, None));
    }

    #[test]
    fn what_may_be_the_victims_own_work_speaks_against_an_effect_only() {
        let spin = effect("cpu_spin", [("duration", 1.0)]);
        let verdict = |kind, told: Option<f64>, used| {
            let told = told.map(|told| [("cpu_seconds", told)]);
            let told = told.as_ref().map(|told| &told[..]);
            evidence_of(kind, "cpu_spin", told, burnt(used)).verdict(&spin)
        };
        assert_eq!(verdict(Kind::Linked, None, 0.0), Verdict::None);
        assert_eq!(verdict(Kind::Linked, None, 0.5), Verdict::Partial);
        assert_eq!(verdict(Kind::Linked, None, 1.1), Verdict::Unknown);
        assert_eq!(verdict(Kind::Linked, Some(1e9), 1.1), Verdict::Unknown);
        assert_eq!(verdict(Kind::Linked, Some(1.0), 1.1), Verdict::Effective);
        assert_eq!(verdict(Kind::Wrapped, None, 1.1), Verdict::Effective);
    }

    #[test]
    fn what_is_impossible_does_not_count_at_all() {
        let wild = evidence("cpu_spin", Some(&[("cpu_seconds", 1e9)]), burnt(0.5));
        assert_eq!(wild.figures, Some(Value::map([("cpu_seconds", 0.5)])));
        assert!(wild.doubt.unwrap().contains("were possible"));
        let wild = evidence("delay", Some(&[("seconds_held", -1.0)]), None);
        assert_eq!(wild.figures, None);
    }
}
