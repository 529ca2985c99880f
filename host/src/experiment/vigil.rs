//! What was seen of one probe in one phase.

use super::sighting::Sighting;
use super::tolerance::Tolerance;
use std::collections::VecDeque;

/// How a probe stands: whether it holds, and whether it has failed.
#[derive(Debug, Clone)]
pub struct Vigil {
    tolerance: Tolerance,
    /// How many of the last ones may fail, where a share is said.
    most_of_last: Option<u32>,
    /// How often it was asked.
    pub asked: u32,
    /// How often that failed.
    pub failed: u32,
    /// Successes in a row, up to now.
    pub successes: u32,
    /// When the first of those was answered, in seconds since the start of the run.
    pub since: Option<f64>,
    /// Why it has failed, if it has: from then on it stays so.
    pub failing: Option<String>,
    /// When that was certain, in seconds since the start of the run.
    pub failing_since: Option<f64>,
    /// Failures in a row, up to now.
    failures: u32,
    /// The last ones, true where they failed.
    last: VecDeque<bool>,
}

impl Vigil {
    /// One that has seen nothing yet.
    pub fn new(tolerance: Tolerance) -> Self {
        Self {
            tolerance,
            most_of_last: tolerance.most_of_last(),
            asked: 0,
            failed: 0,
            successes: 0,
            since: None,
            failing: None,
            failing_since: None,
            failures: 0,
            last: VecDeque::new(),
        }
    }

    /// Takes what was seen into account.
    pub fn note(&mut self, sighting: &Sighting) {
        self.asked += 1;
        self.last.push_back(sighting.failure.is_some());
        if self.last.len() > self.tolerance.last as usize {
            self.last.pop_front();
        }
        let Some(why) = &sighting.failure else {
            self.failures = 0;
            self.successes += 1;
            self.since.get_or_insert(sighting.answered());
            return;
        };
        (self.successes, self.since) = (0, None);
        self.failed += 1;
        self.failures += 1;
        if self.failing.is_none() && self.is_too_much() {
            self.failing = Some(why.clone());
            self.failing_since = Some(sighting.answered());
        }
    }

    fn is_too_much(&self) -> bool {
        let (failures, share) = (self.tolerance.failures, self.most_of_last);
        let failed = self.last.iter().filter(|failed| **failed).count();
        failures.is_some_and(|most| self.failures > most) || share.is_some_and(|most| failed > most as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Phase;
    use proptest::prelude::*;

    fn vigil(tolerance: Tolerance, failures: &[bool]) -> Vigil {
        let mut vigil = Vigil::new(tolerance);
        for (second, failed) in failures.iter().enumerate() {
            let failure = failed.then(|| format!("no {second}"));
            vigil.note(&Sighting {
                probe: 0,
                phase: Phase::During,
                at: second as f64,
                latency: 0.5,
                failure,
            });
        }
        vigil
    }

    #[test]
    fn the_first_of_the_successes_in_a_row_is_kept() {
        let seen = vigil(Tolerance::default(), &[false, true, false, false]);
        assert_eq!((seen.successes, seen.since, seen.asked, seen.failed), (2, Some(2.5), 4, 1));
        assert_eq!(seen.failing.as_deref(), Some("no 1"));
    }

    #[test]
    fn what_is_borne_is_no_failure() {
        let two = Tolerance { failures: Some(2), share: None, last: 10 };
        assert_eq!(vigil(two, &[true, true, false, true, true]).failing, None);
        assert_eq!(vigil(two, &[true, true, true, true]).failing.as_deref(), Some("no 2"));
        let half = Tolerance { failures: None, share: Some(0.5), last: 4 };
        assert_eq!(vigil(half, &[true, true, false, false, true, true]).failing, None);
        assert_eq!(vigil(half, &[true, true, false, true]).failing.as_deref(), Some("no 3"));
    }

    proptest! {
        #[test]
        fn a_share_bears_as_many_as_it_says_and_no_more(last in 1u32..400, part in 0u32..=100) {
            let tolerance = Tolerance { failures: None, share: Some(f64::from(part) / 100.0), last };
            let most = (last * part / 100) as usize;
            prop_assert_eq!(vigil(tolerance, &vec![true; most]).failing, None);
            prop_assert_eq!(vigil(tolerance, &vec![true; most + 1]).failing.is_some(), most < last as usize);
        }

        #[test]
        fn it_fails_where_a_run_is_longer_than_what_is_borne(seen in prop::collection::vec(any::<bool>(), 0..40), most in 0u32..4) {
            let tolerance = Tolerance { failures: Some(most), share: None, last: 10 };
            let longest = seen.split(|failed| !failed).map(<[bool]>::len).max().unwrap_or(0);
            prop_assert_eq!(vigil(tolerance, &seen).failing.is_some(), longest > most as usize);
        }
    }
}
