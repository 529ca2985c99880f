//! Forward: an object of ours that passes its calls on to a proxy of another connection.

use crate::{Answer, Call, Controller, Proxy};
use std::{sync::Arc, time::Duration};

/// Passes calls on.
pub struct Forward {
    proxy: Proxy,
    timeout: Duration,
}

impl Forward {
    /// To this proxy.
    pub fn new(proxy: Proxy, timeout: Duration) -> Forward {
        Forward { proxy, timeout }
    }
}

impl Controller for Forward {
    fn call(self: Arc<Self>, call: Call) -> Answer {
        todo!("{call:?} {:?} {:?}", self.proxy, self.timeout)
    }

    fn responds_to(&self, _method: &str) -> bool {
        true
    }

    fn passes_on(&self) -> bool {
        true
    }
}
