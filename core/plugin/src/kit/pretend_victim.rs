//! A victim of a test.

use std::sync::Arc;

use super::pretend_host::PretendHost;
use super::strike::Strike;

/// A victim that only writes down what is done to it.
#[derive(Clone)]
pub struct PretendVictim {
    id: u64,
    host: Arc<PretendHost>,
}

impl PretendVictim {
    pub(super) fn new(id: u64, host: Arc<PretendHost>) -> Self {
        Self { id, host }
    }

    /// Its number, from 1.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// What was done to it since it came, in order, also after it has gone.
    pub fn strikes(&self) -> Vec<Strike> {
        self.host.strikes_on(self.id)
    }
}
