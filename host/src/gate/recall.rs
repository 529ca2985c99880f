//! Recall: the word that a strike is to end, and whether anybody knows that it has.

use super::ended_by::EndedBy;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;

/// Whether a strike was told to end, and by whom. It is kept here until who carries it out looks: a victim only understands
/// it once the strike has reached it.
#[derive(Debug, Default)]
pub(super) struct Recall {
    by: OnceLock<EndedBy>,
    word: Notify,
    is_heeded: AtomicBool,
    unsure: OnceLock<String>,
}

impl Recall {
    /// Tells it. The first one counts.
    pub(super) fn tell(&self, by: EndedBy) {
        let _ = self.by.set(by);
        self.word.notify_one();
    }

    pub(super) fn is_told(&self) -> bool {
        self.by.get().is_some()
    }

    /// It was told before it was over, and ends for that.
    pub(super) fn heed(&self) {
        self.is_heeded.store(true, Ordering::Relaxed);
    }

    /// Who had it end before its time; none where it has not ended for that.
    pub(super) fn ended_by(&self) -> Option<EndedBy> {
        self.by.get().copied().filter(|_| self.is_heeded.load(Ordering::Relaxed))
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
