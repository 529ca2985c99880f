//! Rounds: what is compared takes turns, so that a machine that slows down slows all of it down.

/// What the rounds of one contestant came to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Series(Vec<f64>);

impl Series {
    /// From samples in any order.
    pub fn of(samples: impl IntoIterator<Item = f64>) -> Self {
        let mut samples: Vec<f64> = samples.into_iter().collect();
        samples.sort_by(f64::total_cmp);
        Self(samples)
    }

    /// All of them, from the least to the greatest.
    pub fn samples(&self) -> &[f64] {
        &self.0
    }

    /// The middle one.
    pub fn median(&self) -> f64 {
        self.at(0.5)
    }

    /// The sample that this share of them does not exceed, from 0 to 1; NaN where there is none.
    pub fn at(&self, share: f64) -> f64 {
        let last = self.0.len().saturating_sub(1) as f64;
        self.0.get((last * share).round() as usize).copied().unwrap_or(f64::NAN)
    }
}

/// Lets the contestants take turns, `rounds` times, and answers a series for each, in their order. A first round, in
/// which caches fill, is not counted.
pub fn alternate(rounds: usize, contestants: &mut [&mut dyn FnMut() -> f64]) -> Vec<Series> {
    let mut samples = vec![Vec::with_capacity(rounds); contestants.len()];
    for round in 0..=rounds {
        for (contestant, samples) in contestants.iter_mut().zip(&mut samples) {
            let sample = contestant();
            if round > 0 {
                samples.push(sample);
            }
        }
    }
    samples.into_iter().map(Series::of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_and_nothing_has_none() {
        let series = Series::of([5.0, 1.0, 3.0]);
        assert_eq!((series.median(), series.at(0.0), series.at(1.0)), (3.0, 1.0, 5.0));
        assert!(Series::default().median().is_nan());
    }

    #[test]
    fn they_take_turns_and_the_first_round_does_not_count() {
        let order = std::cell::RefCell::new(Vec::new());
        let turn = |name: char, value: f64| {
            order.borrow_mut().push(name);
            value
        };
        let series = alternate(2, &mut [&mut || turn('a', 1.0), &mut || turn('b', 2.0)]);
        assert_eq!(series.iter().map(Series::median).collect::<Vec<_>>(), [1.0, 2.0]);
        assert_eq!(order.into_inner(), ['a', 'b', 'a', 'b', 'a', 'b']);
    }
}
