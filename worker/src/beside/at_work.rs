//! The stand-in that is at work beside a program, if any.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use chaos_kitty_bus::Exception;

use super::stand_in::StandIn;
use crate::refusal::refusal;

/// There is one at a time, and none when nothing is under way.
#[derive(Default)]
pub(super) struct AtWork(Mutex<Weak<StandIn>>);

impl AtWork {
    /// The one that is at work, or a new one. It lives as long as somebody has it.
    ///
    /// # Errors
    /// A refusal: none can be started.
    pub(super) fn one(&self, method: &str) -> Result<Arc<StandIn>, Exception> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at_work) = known.upgrade().filter(|stand_in| stand_in.is_there()) {
            return Ok(at_work);
        }
        let started = StandIn::start()
            .map(Arc::new)
            .map_err(|error| refusal(format!("{method}: no process can be started for it: {error}")))?;
        *known = Arc::downgrade(&started);
        Ok(started)
    }
}
