//! Recall: the word that a strike is to end, and whether anybody knows that it has.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;

/// Whether a strike was told to end. It is kept here until who carries it out looks: a victim only understands it once the
/// strike has reached it.
#[derive(Debug, Default)]
pub(super) struct Recall {
    is_told: AtomicBool,
    word: Notify,
    unsure: OnceLock<String>,
}

impl Recall {
    /// Tells it.
    pub(super) fn tell(&self) {
        self.is_told.store(true, Ordering::SeqCst);
        self.word.notify_one();
    }

    pub(super) fn is_told(&self) -> bool {
        self.is_told.load(Ordering::SeqCst)
    }

    /// Keeps why nobody can say that the strike has ended at its victim.
    pub(super) fn keep_unsure(&self, why: &str) {
        // There is one report of a strike.
        let _ = self.unsure.set(why.to_owned());
    }

    /// Why nobody can say that the strike has ended at its victim, where that is so once it is under way no more.
    pub(super) fn unsure(&self) -> Option<&str> {
        self.unsure.get().map(String::as_str)
    }

    /// Waits until it is told; for one who waits.
    pub(super) async fn told(&self) {
        while !self.is_told() {
            self.word.notified().await;
        }
    }
}
