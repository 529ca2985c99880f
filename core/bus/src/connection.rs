//! Connection: one socket and its live transactions.

use crate::{Closed, Controller, Limits, ObjectName, Proxy, Symbol};
use std::sync::Arc;
use tokio::net::UnixStream;

/// Which end of the socket this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The end that connected; its transactions are odd.
    Client,
    /// The end that accepted; its transactions are even.
    Server,
}

/// One socket and its live transactions.
#[derive(Clone, Debug)]
pub struct Connection {}

impl Connection {
    /// Starts.
    pub fn start(
        stream: UnixStream,
        side: Side,
        limits: Limits,
        bindings: Vec<(Symbol, Arc<dyn Controller>)>,
    ) -> Connection {
        let _ = (stream, side, limits, bindings);
        todo!()
    }

    /// Binds.
    pub fn bind(&self, name: impl Into<Symbol>, object: Arc<dyn Controller>) {
        let _ = (name.into(), object);
        todo!()
    }

    /// A handle.
    pub fn proxy(&self, name: impl Into<ObjectName>) -> Proxy {
        let _ = name.into();
        todo!()
    }

    /// Waits until it has ended.
    pub async fn closed(&self) -> Arc<Closed> {
        todo!()
    }

    /// Ends it.
    pub fn close(&self, reason: &str) {
        todo!("{reason}")
    }

    /// Unique in this process.
    pub fn id(&self) -> u64 {
        todo!()
    }
}
