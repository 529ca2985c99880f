//! Silence: a victim has not answered.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// For how long a victim that did not answer is not asked again. Whoever asks waits for it and for nobody else meanwhile: an
/// instance would strike none but the one that does not answer.
const REST: Duration = Duration::from_secs(30);

/// Until when a victim is not asked, since it did not answer; times are since the start of the run.
#[derive(Debug, Default)]
pub struct Silence(Mutex<Option<Duration>>);

impl Silence {
    /// It has not answered.
    pub(crate) fn begin(&self, now: Duration) {
        *self.until() = Some(now + REST);
    }

    /// It has answered.
    pub(crate) fn end(&self) {
        *self.until() = None;
    }

    /// How long it is not asked for yet.
    pub(crate) fn remains(&self, now: Duration) -> Option<Duration> {
        (*self.until())?.checked_sub(now).filter(|left| !left.is_zero())
    }

    fn until(&self) -> MutexGuard<'_, Option<Duration>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_did_not_answer_is_asked_again_after_a_while_or_once_it_answers() {
        let (silence, at) = (Silence::default(), Duration::from_secs);
        assert_eq!(silence.remains(at(10)), None);
        silence.begin(at(10));
        assert_eq!((silence.remains(at(15)), silence.remains(at(40))), (Some(at(25)), None));
        silence.begin(at(50));
        silence.end();
        assert_eq!(silence.remains(at(51)), None);
    }
}
