//! Who has to know at once who is there.

use super::victim::Victim;
use std::sync::Arc;

/// Told of every arrival and departure, in their order, before anybody else can see it: the roster waits, and must not be
/// asked meanwhile.
pub(crate) trait Follower: Send + Sync {
    /// Somebody is there.
    fn arrived(&self, victim: &Arc<Victim>);

    /// Somebody is not there any more.
    fn left(&self, id: u64);
}
