//! The trait that an author implements.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Context, Result, Victim};

/// A kind of chaos. One value of it is one instance, with parameters of its own.
///
/// `run` is polled on a thread of the instance's own, so its future need not be `Send`; the other methods are called
/// from another thread, meanwhile too. Whatever panics is caught, reported with its place, and retires the instance.
#[allow(
    async_fn_in_trait,
    reason = "the future is polled on one thread: an author shall not have to make it Send"
)]
pub trait Operation: Sized + Send + Sync + 'static {
    /// The instance's parameters, as the configuration's table gives them.
    type Config: DeserializeOwned;

    /// Builds an instance.
    ///
    /// # Errors
    /// [`Error::parameter`](crate::Error::parameter) for an impossible value; the host shows file, line and column.
    fn new(config: Self::Config) -> Result<Self>;

    /// A victim has come. It is among [`Context::victims`] from here on, unless this is an error.
    ///
    /// # Errors
    /// What speaks against this victim; the instance then never sees it again, and others are not affected.
    fn register(&self, victim: &Victim) -> Result<()> {
        let _ = victim;
        Ok(())
    }

    /// A victim has gone. It is no longer among [`Context::victims`].
    ///
    /// # Errors
    /// Whatever went wrong; it is logged.
    fn remove(&self, victim: &Victim) -> Result<()> {
        let _ = victim;
        Ok(())
    }

    /// What the instance says about itself: a struct or a map, whose fields keep their order.
    fn status(&self, context: &Context) -> impl Serialize;

    /// The operation's loop, usually [`Context::strike_at_random`]. When it returns, the instance is over.
    ///
    /// # Errors
    /// Why the instance ends.
    async fn run(&self, context: &Context) -> Result<()>;
}
