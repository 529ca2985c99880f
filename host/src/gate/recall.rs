//! Recall: the word that a strike is to end.

use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;

/// Whether a strike was told to end. It is kept here until who carries it out looks: a victim only understands it once the
/// strike has reached it.
#[derive(Debug, Default)]
pub(super) struct Recall {
    is_told: AtomicBool,
    word: Notify,
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

    /// Waits until it is told; for one who waits.
    pub(super) async fn told(&self) {
        while !self.is_told() {
            self.word.notified().await;
        }
    }
}
