//! One look at those whom an effect is about.

use std::time::Duration;

/// What one look showed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Look {
    /// When it began and when it was over, since the start of the run: what it shows was so at some time between.
    pub(super) since: Duration,
    pub(super) at: Duration,
    pub(super) sight: Sight,
}

/// What there was to see, of all processes together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Sight {
    /// CPU seconds used until then.
    Used(f64),
    /// MiB resident.
    Resident(f64),
    /// How many of them were stopped, how many of those had been before the effect, and how many went on; who has ended does
    /// neither.
    Stopped { held: u64, already: u64, going: u64 },
}

/// For how long it was so, in seconds: the middle between what the first and the last of such looks prove, and what
/// those before and after them leave open. At both ends it is right to within a [`gap`].
pub(super) fn span(looks: &[Look], is_so: impl Fn(&Look) -> bool) -> f64 {
    let Some(first) = looks.iter().position(&is_so) else { return 0.0 };
    let last = looks.iter().rposition(is_so).unwrap_or(first);
    let middle = |one: usize, other: usize| (looks[one].at + looks[other].at) / 2;
    let (begin, end) =
        (middle(first.saturating_sub(1), first), middle(last, (last + 1).min(looks.len() - 1)));
    end.saturating_sub(begin).as_secs_f64()
}

/// The longest time between two looks, with the looks themselves: what took less may never have been looked at.
pub(super) fn gap(looks: &[Look]) -> f64 {
    let times = looks.windows(2).map(|pair| pair[1].at.saturating_sub(pair[0].since));
    times.max().unwrap_or_default().as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(sights: &[bool]) -> Vec<Look> {
        let at = |number: usize| Duration::from_millis(number as u64 * 100);
        let look = |(number, stopped): (usize, &bool)| Look {
            since: at(number),
            at: at(number),
            sight: Sight::Stopped { held: u64::from(*stopped), already: 0, going: 0 },
        };
        sights.iter().enumerate().map(look).collect()
    }

    fn stopped(sights: &[bool]) -> f64 {
        span(&looks(sights), |look| matches!(look.sight, Sight::Stopped { held: 1.., .. }))
    }

    #[test]
    fn what_lies_between_two_looks_is_halved() {
        assert_eq!(stopped(&[false, true, true, false]), 0.2);
        assert_eq!(stopped(&[false, true, false]), 0.1);
        assert_eq!(stopped(&[true, true, true]), 0.2, "from before, and on");
        assert_eq!((stopped(&[false, false]), stopped(&[])), (0.0, 0.0));
        assert_eq!((gap(&looks(&[true; 3])), gap(&[])), (0.1, 0.0));
    }
}
