//! Forward: an object of ours that passes its calls on to a proxy of another connection.

use crate::{Answer, Block, Call, Controller, Proxy, Request, Symbol, Value};
use std::{sync::Arc, time::Duration};

/// Passes calls on to a proxy, as `public_send(method, …)`, as Ruby does; blocks, errors and throws pass through.
///
/// A proxy that is sent over another connection than its own is bound there as one of these.
pub struct Forward {
    proxy: Proxy,
    timeout: Duration,
}

impl Forward {
    /// How long a call that was passed on may be silent, where nobody said. The caller's own deadline is not on the wire, and
    /// ends its waiting but not ours.
    pub const TIMEOUT: Duration = Duration::from_secs(600);

    /// Passes calls on to this proxy; each may be silent for `timeout`.
    pub fn new(proxy: Proxy, timeout: Duration) -> Forward {
        Forward { proxy, timeout }
    }
}

impl Controller for Forward {
    fn call(self: Arc<Self>, Call { request, block }: Call) -> Answer {
        Box::pin(async move {
            let mut onward = Request::new(Symbol::from("public_send")).argument(request.method);
            onward.arguments.extend(request.arguments);
            onward.options = request.options;
            let Some(block) = block.map(Arc::new) else {
                return Ok(self.proxy.call(onward, self.timeout).await?);
            };
            let back = |arguments| back(block.clone(), arguments, self.timeout);
            Ok(self.proxy.call_with_block(onward, self.timeout, back).await?)
        })
    }

    fn responds_to(&self, _: &str) -> bool {
        true
    }

    fn forwards_to(&self) -> Option<&Proxy> {
        Some(&self.proxy)
    }
}

fn back(block: Arc<Block>, arguments: Vec<Value>, timeout: Duration) -> Answer {
    Box::pin(async move { Ok(block.call(arguments, timeout).await?) })
}
