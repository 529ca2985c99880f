//! Lapses: the times in which no rule held, since the wrapper was not heard of.

use std::ops::Range;

/// Those that there were while rules were up, on the monotonic clock, in nanoseconds; one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lapses(Vec<Range<u64>>);

impl Lapses {
    /// There was one more; nothing where it is none.
    pub(crate) fn add(&mut self, lapse: Range<u64>) {
        if !lapse.is_empty() {
            self.0.push(lapse);
        }
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// How many nanoseconds of this time are left without them.
    pub fn leave_of(&self, time: &Range<u64>) -> u64 {
        let common = |lapse: &Range<u64>| lapse.end.min(time.end).saturating_sub(lapse.start.max(time.start));
        time.end.saturating_sub(time.start).saturating_sub(self.0.iter().map(common).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_a_time_is_what_no_lapse_has_of_it() {
        let mut lapses = Lapses::default();
        for lapse in [10..20, 25..25, 50..100] {
            lapses.add(lapse);
        }
        for (time, left) in [(0..5, 5), (0..30, 20), (15..60, 30), (12..18, 0), (60..200, 100)] {
            assert_eq!(lapses.leave_of(&time), left, "{time:?}");
        }
    }
}
