//! A process that chaos may strike.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};

use crate::link::{Link, Request};
use crate::msgpack;
use crate::victims::Victims;
use crate::{Disturbance, Error, Megabytes, Outcome, Result, Seconds, Shift, Signal, Value};

/// A victim, as an instance sees it: who it is, and what can be done to it.
///
/// Every method that does something asks the host's gate, which may refuse ([`Error::is_refused`]). Dropping its future
/// does not take the effect back: it runs to its outcome in the host.
#[derive(Clone)]
pub struct Victim {
    who: Arc<Who>,
    link: Arc<Link>,
}

/// Who a victim is.
#[derive(Debug, Deserialize)]
pub(crate) struct Who {
    pub(crate) id: u64,
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
        Ok(Self::new(Arc::new(who), link))
    }

    pub(crate) fn new(who: Arc<Who>, link: &Arc<Link>) -> Self {
        Self { who, link: Arc::clone(link) }
    }

    pub(crate) fn into_who(self) -> Arc<Who> {
        self.who
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
        self.strike("delay", [("duration", duration.as_f64())]).await
    }

    /// Makes the application's next fault point fail with this message.
    ///
    /// # Errors
    /// As [`Victim::delay`].
    pub async fn raise_error(&self, message: &str) -> Result<Outcome> {
        self.strike("raise_error", [("message", message)]).await
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
        self.strike("allocate_memory", [("size_mb", Value::from(size.get())), ("hold_duration", hold)]).await
    }

    /// Keeps a processor busy.
    ///
    /// # Errors
    /// As [`Victim::delay`].
    pub async fn cpu_spin(&self, duration: impl Into<Seconds>) -> Result<Outcome> {
        let duration: Seconds = duration.into();
        self.strike("cpu_spin", [("duration", duration.as_f64())]).await
    }

    /// Runs the application's collectors.
    ///
    /// # Errors
    /// As [`Victim::delay`].
    pub async fn trigger_gc(&self) -> Result<Outcome> {
        self.strike("trigger_gc", Value::Map(Vec::new())).await
    }

    /// Stops the program as a whole, and continues it: one that is wrapped or attached.
    ///
    /// # Errors
    /// As [`Victim::delay`].
    pub async fn freeze(&self, duration: impl Into<Seconds>) -> Result<Outcome> {
        let duration: Seconds = duration.into();
        self.strike("freeze", [("duration", duration.as_f64())]).await
    }

    /// Disturbs calls that the program makes, for so long: of one with our library inside.
    ///
    /// # Errors
    /// As [`Victim::delay`].
    pub async fn disturb(&self, how: &Disturbance, duration: impl Into<Seconds>) -> Result<Outcome> {
        self.strike("disturb", how.options(duration.into())).await
    }

    /// Takes file descriptors until `leave` are free, and gives them back: linked, or with our library inside.
    ///
    /// # Errors
    /// As [`Victim::delay`].
    pub async fn take_descriptors(&self, leave: u32, duration: impl Into<Seconds>) -> Result<Outcome> {
        let duration: Seconds = duration.into();
        let options = [("leave", Value::from(leave)), ("duration", duration.as_f64().into())];
        self.strike("take_descriptors", options).await
    }

    /// Puts the clock that the program reads forward or back, and lets it go faster by `drift` of itself (0.1 is 10 %
    /// fast, -1 stands still; to 100), for so long: of one with our library inside. One of the two has to be other than 0.
    ///
    /// # Errors
    /// As [`Victim::delay`].
    pub async fn shift_clock(
        &self,
        by: impl Into<Shift>,
        drift: f64,
        duration: impl Into<Seconds>,
    ) -> Result<Outcome> {
        let (by, duration): (Shift, Seconds) = (by.into(), duration.into());
        let options = [("by", by.as_f64()), ("drift", drift), ("duration", duration.as_f64())];
        self.strike("shift_clock", options).await
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

    async fn strike(&self, method: &str, options: impl Into<Value>) -> Result<Outcome> {
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
