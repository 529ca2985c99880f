//! What an instance works with.

use std::sync::Arc;
use std::time::Duration;

use crate::link::{HOST, Link, Request};
use crate::victims::Victims;
use crate::{Error, Result, Tick, Value, Victim};

/// An instance's victims, and the host's time and chance.
pub struct Context {
    link: Arc<Link>,
    victims: Victims,
}

impl Context {
    pub(crate) fn new(link: Arc<Link>) -> Self {
        Self { link, victims: Victims::default() }
    }

    pub(crate) fn link(&self) -> &Arc<Link> {
        &self.link
    }

    pub(crate) fn roster(&self) -> &Victims {
        &self.victims
    }

    /// The instance's victims, in the order in which they came.
    pub fn victims(&self) -> Vec<Victim> {
        self.victims.all().into_iter().map(|who| Victim::new(who, &self.link)).collect()
    }

    pub(crate) fn victim(&self, id: u64) -> Option<Victim> {
        self.victims.get(id).map(|who| Victim::new(who, &self.link))
    }

    /// Waits for the next boundary of this interval on the wall clock.
    ///
    /// Boundaries within the time that effects were asked for and that [`Context::sleep`] takes are left out. Others are handed out
    /// one by one, late ones at once: what a busy machine does to time changes no run.
    ///
    /// # Errors
    /// The host is going down.
    pub async fn tick(&self, interval: impl Into<Duration>) -> Result<Tick<'_>> {
        let answer = self.wait("tick", "interval", interval.into()).await?;
        let number =
            answer.as_u64().ok_or_else(|| Error::new(format!("the host answered {answer} to a tick")))?;
        Ok(Tick::new(number, self))
    }

    /// Waits.
    ///
    /// # Errors
    /// The host is going down.
    pub async fn sleep(&self, duration: impl Into<Duration>) -> Result<()> {
        self.wait("sleep", "duration", duration.into()).await.map(drop)
    }

    async fn wait(&self, method: &str, option: &str, duration: Duration) -> Result<Value> {
        let options = [(option, duration.as_secs_f64())].into();
        self.link.call(HOST, Request { method, arguments: Value::Array(Vec::new()), options }).await
    }
}
