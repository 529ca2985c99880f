//! A scale: from values to places on a page, and the round values that stand beside it.

/// From a range of values to a range of places.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) start: f64,
    pub(super) end: f64,
}

impl Scale {
    /// Where a value is; what lies outside is put on the border.
    pub(super) fn place(&self, value: f64) -> f64 {
        let share = (value - self.from) / (self.to - self.from).max(f64::MIN_POSITIVE);
        self.start + share.clamp(0.0, 1.0) * (self.end - self.start)
    }

    /// Round values within the range, about so many.
    pub(super) fn marks(&self, about: f64) -> Vec<f64> {
        let step = round_up((self.to - self.from) / about);
        let first = (self.from / step).ceil();
        let count = ((self.to / step).floor() - first) as usize;
        (0..=count.min(100)).map(|number| (first + number as f64) * step).collect()
    }
}

/// The next 1, 2 or 5 with zeros.
pub(super) fn round_up(value: f64) -> f64 {
    if value.is_nan() || value <= 0.0 {
        return 1.0;
    }
    let magnitude = 10f64.powf(value.log10().floor());
    let digit = value / magnitude;
    magnitude * [1.0, 2.0, 5.0].into_iter().find(|round| digit <= *round + 1e-9).unwrap_or(10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_round_and_within() {
        let scale = Scale { from: 0.0, to: 33.0, start: 0.0, end: 330.0 };
        assert_eq!(scale.marks(8.0), [0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0]);
        assert_eq!(scale.place(15.0), 150.0);
        assert_eq!((scale.place(-1.0), scale.place(99.0)), (0.0, 330.0));
        let flat = Scale { from: 1.0, to: 1.0, start: 5.0, end: 9.0 };
        assert!(flat.place(1.0).is_finite() && flat.marks(5.0).len() < 3);
        assert!((round_up(0.003) - 0.005).abs() < 1e-12);
    }
}
