//! A process that chaos may strike.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};

use crate::link::{Link, Request};
use crate::msgpack;
use crate::victims::Victims;
use crate::{Error, Megabytes, Outcome, Result, Seconds, Signal, Value};

/// A victim, as an instance sees it: who it is, and what can be done to it.
///
/// Every method that does something asks the host's gate, which may refuse ([`Error::is_refused`]). Dropping its future
/// does not take the effect back: it runs to its outcome in the host.
#[derive(Clone)]
pub struct Victim {
    who: Arc<Who>,
    link: Arc<Link>,
}

#[derive(Debug, Deserialize)]
struct Who {
    id: u64,
    name: Box<str>,
    #[serde(default)]
    process_id: u32,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "list")]
    methods: Arc<[String]>,
}

fn list<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Arc<[String]>, D::Error> {
    Vec::deserialize(deserializer).map(Arc::from)
}

impl Victim {
    pub(crate) fn from_bytes(bytes: &[u8], link: &Arc<Link>, victims: &Victims) -> Result<Self> {
        let mut who: Who = msgpack::from_bytes(bytes)?;
        who.methods = victims.share(who.methods);
        Ok(Self { who: Arc::new(who), link: link.clone() })
    }

    /// Its number, from 1; a victim that comes back has another.
    pub fn id(&self) -> u64 {
        self.who.id
    }

    /// Its name, which is unique and survives its coming back.
    pub fn name(&self) -> &str {
        &self.who.name
    }

    /// Its process id as the host sees it, `None` where there is none that the host would vouch for.
    pub fn process_id(&self) -> Option<u32> {
        Some(self.who.process_id).filter(|id| *id != 0)
    }

    /// Its labels.
    pub fn labels(&self) -> &BTreeMap<String, String> {
        &self.who.labels
    }

    /// The methods that it declared.
    pub fn methods(&self) -> &[String] {
        &self.who.methods
    }

    /// Holds the application at its fault points; a wrapped program is stopped, and continued.
    ///
    /// # Errors
    /// Refused by the gate, or failed at the victim; so for all that follow.
    pub async fn delay(&self, duration: impl Into<Seconds>) -> Result<Outcome> {
        let duration: Seconds = duration.into();
        self.strike("delay", [("duration", duration.as_f64().into())]).await
    }

    /// Makes the application's next fault point fail with this message.
    ///
    /// # Errors
    /// As [`Victim::delay`].
    pub async fn raise_error(&self, message: &str) -> Result<Outcome> {
        self.strike("raise_error", [("message", message.into())]).await
    }

    /// Takes up memory for a while.
    ///
    /// # Errors
    /// As [`Victim::delay`].
    pub async fn allocate_memory(
        &self,
        size: impl Into<Megabytes>,
        hold: impl Into<Seconds>,
    ) -> Result<Outcome> {
        let (size, hold): (Megabytes, Seconds) = (size.into(), hold.into());
        let hold =
            if hold.is_whole() { Value::Int(hold.as_f64() as i64) } else { Value::Float(hold.as_f64()) };
        self.strike("allocate_memory", [("size_mb", size.get().into()), ("hold_duration", hold)]).await
    }

    /// Keeps a processor busy.
    ///
    /// # Errors
    /// As [`Victim::delay`].
    pub async fn cpu_spin(&self, duration: impl Into<Seconds>) -> Result<Outcome> {
        let duration: Seconds = duration.into();
        self.strike("cpu_spin", [("duration", duration.as_f64().into())]).await
    }

    /// Runs the application's collectors.
    ///
    /// # Errors
    /// As [`Victim::delay`].
    pub async fn trigger_gc(&self) -> Result<Outcome> {
        self.strike("trigger_gc", []).await
    }

    /// Sends a signal to the process.
    ///
    /// # Errors
    /// As [`Victim::delay`].
    pub async fn signal(&self, signal: Signal) -> Result<Outcome> {
        self.strike("signal", [("signal", Value::Symbol(signal.name().into()))]).await
    }

    /// Calls a method that the victim declared. A struct or a map becomes keyword arguments, a list or a tuple
    /// positional ones, and `()` none.
    ///
    /// # Errors
    /// As [`Victim::delay`], and arguments that are none of these.
    pub async fn invoke(&self, method: &str, arguments: impl Serialize) -> Result<Outcome> {
        let none = || Value::Array(Vec::new());
        let (arguments, options) = match msgpack::from_bytes(&msgpack::to_bytes(&arguments)?)? {
            Value::Nil => (none(), Value::Map(Vec::new())),
            options @ Value::Map(_) => (none(), options),
            arguments @ Value::Array(_) => (arguments, Value::Map(Vec::new())),
            other => {
                return Err(Error::new(format!("{method} takes a list or a map of arguments, not {other}")));
            }
        };
        self.ask(Request { method, arguments, options }).await
    }

    async fn strike<const N: usize>(&self, method: &str, options: [(&str, Value); N]) -> Result<Outcome> {
        self.ask(Request { method, arguments: Value::Array(Vec::new()), options: options.into() }).await
    }

    async fn ask(&self, request: Request<'_>) -> Result<Outcome> {
        Ok(Outcome::from_host(&self.link.call(self.id(), request).await?))
    }
}

/// Its name and id, as a log line wants it.
impl fmt::Display for Victim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name(), self.id())
    }
}

impl fmt::Debug for Victim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.who.fmt(f)
    }
}
