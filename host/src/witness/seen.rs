//! What the host saw of an effect.

use super::look::{Look, Sight, gap, span};
use crate::effect::Effect;
use chaos_kitty_bus::Value;
use serde::{Deserialize, Serialize};

/// Seconds by which CPU time may differ: it is read in hundredths, of user and system time, of two processes.
const CPU_SLACK: f64 = 0.05;
/// The share by which it may differ on top of that: some kernels count a process's time and a thread's in two ways.
const CPU_SHARE: f64 = 0.02;
/// CPU seconds that a worker may need to be asked and to answer.
const CPU_NOISE: f64 = 0.02;
/// MiB by which memory may differ: the kernel counts it in batches, and an application's own comes and goes.
const MEMORY_SLACK: f64 = 4.0;
const MEMORY_SHARE: f64 = 0.1;
/// MiB that a worker may need to be asked and to answer.
const MEMORY_NOISE: f64 = 1.0;
/// Seconds by which two clocks may differ.
const CLOCK_SLACK: f64 = 0.01;

/// What the host saw, in the words of what victims observe. What else a process did meanwhile is in it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// CPU seconds that were used meanwhile, to a hundredth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_seconds: Option<f64>,
    /// MiB that were resident at most, beyond those from before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resident_mb: Option<f64>,
    /// For how many seconds the memory was resident, or somebody of the program's was stopped: right to within twice
    /// `gap_seconds`. None where that may have been between two looks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds_held: Option<f64>,
    /// How many processes were stopped at a time, at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processes: Option<u64>,
    /// How many of the program's went on meanwhile, whenever it was looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed: Option<u64>,
    /// Seconds between two looks at most. What took less may have been missed.
    pub gap_seconds: f64,
    /// Whether the process had exited when the effect was over.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exited: bool,
}

impl Seen {
    /// What these looks come to; the first one was before the effect, the last one after it. How much memory is looked
    /// for, and for how long it was there, `observed` says, or else the effect.
    pub(super) fn of(looks: &[Look], exited: bool, effect: &Effect, observed: Option<&Value>) -> Self {
        let mut seen = Self { gap_seconds: rounded(gap(looks)), exited, ..Self::default() };
        let Some(before) = looks.first() else { return seen };
        // What is told, or else what is asked.
        let figure = |key: &str, asked: &str| {
            let told = observed.and_then(|observed| observed.get(key)).and_then(Value::as_f64);
            // What cannot be is no reason to look away.
            let told = told.filter(|told| told.is_finite() && *told >= 0.0);
            told.or(effect.option(asked).and_then(Value::as_f64)).unwrap_or_default()
        };
        let most = |base| looks.iter().map(|look| beyond(look, base)).fold(0.0, f64::max);
        match before.sight {
            // What is as little as that could be anybody's.
            Sight::Used(_) if figure("cpu_seconds", "duration") <= CPU_SLACK => {}
            Sight::Used(base) => seen.cpu_seconds = Some(rounded(most(base))),
            Sight::Resident(_) if figure("resident_mb", "size_mb") <= MEMORY_SLACK => {}
            // What was held for less than the time between two looks may never have been looked at.
            Sight::Resident(_) if figure("seconds_held", "hold_duration") <= gap(looks) => {}
            Sight::Resident(base) => {
                let level = figure("resident_mb", "size_mb");
                let held = span(looks, |look| !is_more_memory(level, beyond(look, base)));
                seen.resident_mb = Some(rounded(most(base)));
                seen.seconds_held = Some(rounded(held));
            }
            Sight::Stopped { .. } => {
                // Who was stopped before may be held by another effect as well, as its worker knows; without a worker's word
                // nobody says that this one held it.
                let held = |look: &Look| match look.sight {
                    Sight::Stopped { held, already, .. } if observed.is_none() => held - already,
                    Sight::Stopped { held, .. } => held,
                    _ => 0,
                };
                let stops = looks.iter().filter_map(|look| match look.sight {
                    Sight::Stopped { going, .. } if held(look) > 0 => Some((held(look), going)),
                    _ => None,
                });
                let stopped = span(looks, |look| held(look) > 0);
                // Where nobody tells for how long, as once its guard was killed, it was no longer than there was time.
                let went_by =
                    looks.last().map_or(0.0, |last| last.at.saturating_sub(before.since).as_secs_f64());
                let may_be_missed = figure("seconds_held", "duration").min(went_by) <= gap(looks);
                let was_missed = may_be_missed && stops.clone().next().is_none();
                seen.seconds_held = Some(rounded(stopped)).filter(|_| !was_missed);
                seen.processes = stops.clone().map(|(held, _)| held).max();
                // A single look may have come while they were being stopped, one after the other.
                let is_sure = stops.clone().nth(1).is_some();
                seen.missed = stops.map(|(_, going)| going).min().filter(|missed| is_sure && *missed > 0);
            }
        }
        seen
    }

    /// The figures that a verdict may go by, under the names that victims give them. Less than what happens anyway is
    /// nothing.
    pub(crate) fn figures(&self) -> impl Iterator<Item = (&'static str, f64)> {
        let beyond = |figure: Option<f64>, noise: f64| figure.map(|it| if it < noise { 0.0 } else { it });
        let figures = [
            ("cpu_seconds", beyond(self.cpu_seconds, CPU_NOISE)),
            ("resident_mb", beyond(self.resident_mb, MEMORY_NOISE)),
            ("seconds_held", self.seconds_held),
            ("missed", self.missed.map(|missed| missed as f64)),
        ];
        figures.into_iter().filter_map(|(key, figure)| Some((key, figure?)))
    }

    /// Whether what a victim observed is more than was seen, by the figure of this name.
    pub(crate) fn is_less_than(&self, observed: &Value, key: &str) -> bool {
        let Some(claim) = observed.get(key).and_then(Value::as_f64) else { return false };
        let within = 2.0 * self.gap_seconds + CLOCK_SLACK;
        match key {
            "cpu_seconds" => {
                self.cpu_seconds.is_some_and(|seen| claim > seen + CPU_SLACK + claim * CPU_SHARE)
            }
            "seconds_held" => self.seconds_held.is_some_and(|seen| claim > seen + within),
            "resident_mb" => self.resident_mb.is_some_and(|seen| is_more_memory(claim, seen)),
            _ => false,
        }
    }
}

/// How much more there was than before.
fn beyond(look: &Look, base: f64) -> f64 {
    match look.sight {
        Sight::Used(figure) | Sight::Resident(figure) => figure - base,
        Sight::Stopped { .. } => 0.0,
    }
}

fn is_more_memory(claim: f64, seen: f64) -> bool {
    claim > seen + MEMORY_SLACK + claim * MEMORY_SHARE
}

/// To the microsecond: nobody looks more closely.
fn rounded(figure: f64) -> f64 {
    (figure * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effect::tests::effect;
    use std::time::Duration;

    /// A look each tenth of a second.
    fn seen(sights: &[Sight], method: &str, observed: Option<&Value>) -> Seen {
        let look = |(number, sight): (usize, &Sight)| {
            let at = Duration::from_millis(100 * number as u64);
            Look { since: at, at, sight: *sight }
        };
        let looks: Vec<Look> = sights.iter().enumerate().map(look).collect();
        let asked = [("size_mb", 100.0), ("hold_duration", 0.3), ("duration", 0.5)];
        Seen::of(&looks, false, &effect(method, asked), observed)
    }

    fn told(figures: &[(&'static str, f64)]) -> Value {
        Value::map(figures.iter().copied())
    }

    #[test]
    fn cpu_time_is_what_was_used_meanwhile() {
        let seen = seen(&[Sight::Used(7.0), Sight::Used(7.1), Sight::Used(7.5)], "cpu_spin", None);
        assert_eq!((seen.cpu_seconds, seen.gap_seconds), (Some(0.5), 0.1));
        assert!(!seen.is_less_than(&told(&[("cpu_seconds", 0.52)]), "cpu_seconds"), "a clock's hundredths");
        assert!(seen.is_less_than(&told(&[("cpu_seconds", 1.0)]), "cpu_seconds"));
    }

    #[test]
    fn memory_is_what_came_on_top_and_is_held_while_it_is_there() {
        let sights = [50.0, 150.0, 149.0, 148.0, 51.0].map(Sight::Resident);
        let seen = seen(&sights, "allocate_memory", None);
        assert_eq!((seen.resident_mb, seen.seconds_held), (Some(100.0), Some(0.3)));
        let claim = |mb, held| told(&[("resident_mb", mb), ("seconds_held", held)]);
        assert!(!seen.is_less_than(&claim(105.0, 0.3), "resident_mb"));
        assert!(seen.is_less_than(&claim(200.0, 0.3), "resident_mb"));
        assert!(!seen.is_less_than(&claim(100.0, 0.5), "seconds_held"));
        assert!(seen.is_less_than(&claim(100.0, 0.6), "seconds_held"));
    }

    #[test]
    fn memory_that_is_not_there_is_not_held() {
        let sights = [50.0, 60.0, 61.0, 50.0].map(Sight::Resident);
        let claim = |held| told(&[("resident_mb", 100.0), ("seconds_held", held)]);
        let long = seen(&sights, "allocate_memory", Some(&claim(0.3)));
        assert_eq!((long.resident_mb, long.seconds_held), (Some(11.0), Some(0.0)));
        let short = seen(&sights, "allocate_memory", Some(&claim(0.1)));
        assert_eq!(short.figures().count(), 0, "that may have been between two looks");
    }

    #[test]
    fn a_program_is_held_while_it_is_stopped() {
        let sights = [(0, 3), (1, 2), (3, 0), (3, 0), (0, 3)];
        let sights = sights.map(|(held, going)| Sight::Stopped { held, already: 0, going });
        let seen = seen(&sights, "delay", None);
        assert_eq!((seen.seconds_held, seen.processes, seen.missed), (Some(0.3), Some(3), None));
        assert!(!seen.is_less_than(&told(&[("seconds_held", 0.5)]), "seconds_held"));
        assert!(seen.is_less_than(&told(&[("seconds_held", 0.6)]), "seconds_held"));
    }

    #[test]
    fn who_may_have_been_stopped_between_two_looks_only_was_not_seen() {
        let going = Sight::Stopped { held: 0, already: 0, going: 1 };
        let stopped = Sight::Stopped { held: 1, already: 0, going: 0 };
        let told = told(&[("seconds_held", 0.09)]);
        for told in [None, Some(&told)] {
            // Asked for longer than there was time: it has been ended.
            let missed = seen(&[going, going], "freeze", told);
            assert_eq!((missed.seconds_held, missed.figures().count()), (None, 0), "{told:?}");
            assert_eq!(seen(&[going, stopped, going], "freeze", told).seconds_held, Some(0.1), "{told:?}");
        }
        for none in [None, Some(&self::told(&[("seconds_held", -1.0)]))] {
            assert_eq!(
                seen(&[going; 3], "freeze", none).seconds_held,
                Some(0.0),
                "that would have been seen"
            );
        }
    }

    #[test]
    fn who_was_stopped_before_counts_where_a_worker_says_that_it_held_them() {
        let sights = [(1, 1), (1, 1), (1, 1), (0, 0)];
        let sights = sights.map(|(held, already)| Sight::Stopped { held, already, going: 0 });
        let overlapping = seen(&sights, "delay", Some(&told(&[("seconds_held", 0.25)])));
        assert!(overlapping.seconds_held.unwrap() > 0.2, "{overlapping:?}");
        assert_eq!(seen(&sights, "delay", None).seconds_held, Some(0.0));
    }

    #[test]
    fn who_went_on_at_every_look_was_missed() {
        let missed = |stops: &[(u64, u64)]| {
            let sights: Vec<_> = stops
                .iter()
                .map(|(held, going)| Sight::Stopped { held: *held, already: 0, going: *going })
                .collect();
            seen(&sights, "delay", None).missed
        };
        assert_eq!(missed(&[(0, 3), (1, 2), (2, 1), (0, 3)]), Some(1));
        assert_eq!(missed(&[(0, 3), (2, 1), (0, 3)]), None, "it may have been about to be stopped");
    }

    #[test]
    fn what_would_be_lost_among_everything_else_is_not_judged() {
        let none = [Sight::Used(7.0), Sight::Used(7.01)];
        assert_eq!(seen(&none, "cpu_spin", None).figures().next(), Some(("cpu_seconds", 0.0)));
        assert_eq!(seen(&none, "cpu_spin", Some(&told(&[("cpu_seconds", 0.01)]))).figures().count(), 0);
    }

    #[test]
    fn who_was_never_looked_at_is_not_doubted() {
        let seen = seen(&[], "cpu_spin", None);
        assert_eq!(seen.figures().count(), 0);
        assert!(!seen.is_less_than(&told(&[("cpu_seconds", 9.0)]), "cpu_seconds"));
    }
}
