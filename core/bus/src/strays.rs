//! Strays: what a peer says that means nothing here. It harms nobody, and so the connection goes on; who minds can look.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// How many of a peer's messages went nowhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Strays {
    /// Replies to no call, or to one that is over: its caller gave up, or has its answer.
    pub replies: u32,
    /// Calls to objects that are not bound here.
    pub objects: u32,
    /// Calls that could not be read.
    pub unreadable: u32,
}

impl Strays {
    /// Whether there were none.
    pub fn is_empty(&self) -> bool {
        *self == Strays::default()
    }
}

impl fmt::Display for Strays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Strays { replies, objects, unreadable } = self;
        write!(
            f,
            "{replies} replies to no call, {objects} calls to objects that are not there, {unreadable} calls that could not be read"
        )
    }
}

/// The same while it is counted.
#[derive(Debug, Default)]
pub(crate) struct Count {
    pub(crate) replies: AtomicU32,
    pub(crate) objects: AtomicU32,
    pub(crate) unreadable: AtomicU32,
}

impl Count {
    pub(crate) fn strays(&self) -> Strays {
        Strays {
            replies: self.replies.load(Relaxed),
            objects: self.objects.load(Relaxed),
            unreadable: self.unreadable.load(Relaxed),
        }
    }
}
