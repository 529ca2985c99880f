//! Evidence: the figures that a verdict goes by, out of what the victim says and what the host saw.

use super::doubt::Possible;
use crate::effect::Effect;
use crate::witness::Seen;
use chaos_kitty_bus::Value;

/// What is believed of an effect.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Evidence {
    /// The figures; none where nobody can say.
    pub(super) figures: Option<Value>,
    /// Why what the victim says cannot be so, where it cannot.
    pub(super) doubt: Option<String>,
}

impl Evidence {
    /// A victim's word is taken for what is possible, and for no more than the host saw; where it says nothing, the
    /// host's own figures count.
    pub(super) fn of(
        effect: &Effect,
        observed: Option<&Value>,
        seen: Option<&Seen>,
        possible: &Possible,
    ) -> Self {
        let measured = observed.filter(|_| effect.is_measured());
        let mut doubt = measured.and_then(|observed| possible.doubt(observed));
        let told = observed.filter(|_| doubt.is_none());
        let mut figures = told.cloned();
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
        }
        Self { figures, doubt }
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
        let observed = observed.map(|figures| Value::map(figures.iter().copied()));
        Evidence::of(
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
        assert_eq!(silent, Evidence { figures: Some(Value::map([("cpu_seconds", 0.5)])), doubt: None });
        assert_eq!(evidence("delay", None, None), Evidence { figures: None, doubt: None });
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
