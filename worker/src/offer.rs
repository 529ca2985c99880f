//! What a victim offers, by itself or through whoever stands beside it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use chaos_kitty_bus::{Raise, Request, Value};

use crate::effects::Effects;

/// What a call comes to, once it has.
pub(crate) type Answered<'a> = Pin<Box<dyn Future<Output = Result<Value, Raise>> + Send + 'a>>;

/// The methods that have a meaning for a kind of victim: one that is linked, or one that is a program of its own.
pub(crate) trait Offer: Send + Sync + 'static {
    /// The pid of the victim: ours, unless it is a process of its own.
    #[cfg(feature = "cli")]
    fn process_id(&self) -> u32 {
        std::process::id()
    }

    /// Whether there is no victim any more: whoever does not accept it then needs no advice.
    fn has_exited(&self) -> bool {
        false
    }

    /// The names to declare.
    fn methods(&self) -> Vec<&str>;

    /// Carries one out. What it does not offer is an error that says what to do instead.
    fn call<'a>(&'a self, effects: &'a Arc<Effects>, request: &'a Request) -> Answered<'a>;
}
