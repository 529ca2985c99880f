//! Proxy: the remote handle of an object.

use crate::{Answer, CallError, Connection, ObjectName, Request, Value};
use std::{sync::Arc, time::Duration};

/// The remote handle of an object.
#[derive(Clone)]
pub struct Proxy(Arc<(Connection, ObjectName)>);

impl PartialEq for Proxy {
    fn eq(&self, other: &Proxy) -> bool {
        self.connection().id() == other.connection().id() && self.name() == other.name()
    }
}

impl std::fmt::Debug for Proxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Proxy({} on connection {})", self.name(), self.connection().id())
    }
}

impl Proxy {
    /// Calls.
    pub async fn call(&self, request: Request, timeout: Duration) -> Result<Value, CallError> {
        todo!("{request:?} {timeout:?}")
    }

    /// Calls with a block.
    pub async fn call_with_block<F>(
        &self,
        request: Request,
        timeout: Duration,
        block: F,
    ) -> Result<Value, CallError>
    where
        F: FnMut(Vec<Value>) -> Answer + Send,
    {
        let _ = block;
        todo!("{request:?} {timeout:?}")
    }

    /// Whose object it is.
    pub fn connection(&self) -> &Connection {
        &self.0.0
    }

    /// What it is called there.
    pub fn name(&self) -> &ObjectName {
        &self.0.1
    }
}
