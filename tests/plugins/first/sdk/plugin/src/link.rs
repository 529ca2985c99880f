//! One instance's line to the host.

use chaos_kitty_abi::{HostObject, RSlice, RStr};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Error, Result, Value, msgpack};

/// The host itself, as a target of a call. Victims count from 1.
pub(crate) const HOST: u64 = 0;

pub(crate) struct Link {
    host: HostObject,
}

/// A call: on a victim, or on the host itself.
#[derive(Serialize)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    pub(crate) arguments: Value,
    pub(crate) options: Value,
}

impl Link {
    pub(crate) fn new(host: HostObject) -> Self {
        Self { host }
    }

    /// Asks for something that takes time.
    pub(crate) async fn call(&self, target: u64, request: Request<'_>) -> Result<Value> {
        // Not borrowed across the await: the future is the host's own and outlives whatever happens here.
        let answer = self.host.call(target, msgpack::to_bytes(&request)?);
        match answer.await.into_result() {
            Ok(bytes) => msgpack::from_bytes(&bytes),
            Err(bytes) => Err(Error::from_host(&msgpack::from_bytes(&bytes).unwrap_or(Value::Nil))),
        }
    }

    /// Asks for something that is answered at once.
    pub(crate) fn ask<T: DeserializeOwned>(&self, name: &str, body: &impl Serialize) -> Result<T> {
        let body = msgpack::to_bytes(body)?;
        match self.host.extension(RStr::from_str(name), RSlice::from_slice(&body)).into_result() {
            Ok(bytes) => msgpack::from_bytes(&bytes),
            Err(bytes) => Err(Error::from_host(&msgpack::from_bytes(&bytes).unwrap_or(Value::Nil))),
        }
    }
}
