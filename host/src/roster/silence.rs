//! Silence: a victim has not answered.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// For how long a victim that did not answer is not asked again. Whoever asks waits for it and for nobody else meanwhile: an
/// instance would strike none but the one that does not answer.
const REST: Duration = Duration::from_secs(30);

/// Until when a victim is not asked, since it did not answer; times are since the start of the run.
///
/// `late` is how many of its answers came too late so far: one more, and it is not silent any more.
#[derive(Debug, Default)]
pub(super) struct Silence(Mutex<Option<Rest>>);

#[derive(Debug, Clone, Copy)]
struct Rest {
    until: Duration,
    late: u32,
}

impl Silence {
    /// It has not answered.
    pub(super) fn begin(&self, now: Duration, late: u32) {
        *self.rest() = Some(Rest { until: now + REST, late });
    }

    /// It has answered.
    pub(super) fn end(&self) {
        *self.rest() = None;
    }

    /// How long it is not asked for yet.
    pub(super) fn remains(&self, now: Duration, late: impl FnOnce() -> u32) -> Option<Duration> {
        let rest = (*self.rest())?;
        if rest.late != late() {
            return None;
        }
        rest.until.checked_sub(now).filter(|left| !left.is_zero())
    }

    fn rest(&self) -> MutexGuard<'_, Option<Rest>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_did_not_answer_is_asked_again_after_a_while_or_once_it_answers() {
        let (silence, at) = (Silence::default(), Duration::from_secs);
        let remains = |seconds, late| silence.remains(at(seconds), || late);
        assert_eq!(remains(10, 7), None);
        silence.begin(at(10), 7);
        assert_eq!((remains(15, 7), remains(40, 7)), (Some(at(25)), None));
        assert_eq!(remains(15, 8), None, "late is better than never");
        silence.end();
        assert_eq!(remains(15, 7), None);
    }
}
