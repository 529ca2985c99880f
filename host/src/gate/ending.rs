//! Ending what is under way before its time: somebody's, a victim's, a replay's, or everything.

use super::Gate;
use super::ended_by::EndedBy;
use super::member::Member;
use super::origin::Origin;
use crate::journal::{Ending, Mark, Record};
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How long a stopping host waits for the victims to say that their effects have ended; they end in any case, when
/// the connection closes.
const ENDING: Duration = Duration::from_millis(500);

/// How long it waits, once the connections are closed, for outcomes to be written down.
const LAST_OUTCOMES: Duration = Duration::from_millis(200);

impl Gate {
    /// Lets nothing begin any more and ends what is under way, within about half a second.
    pub async fn close(&self) {
        self.end_all();
        let _ = tokio::time::timeout(ENDING, self.active.none()).await;
        self.journal.close();
    }

    /// Writes the end of the run down. What still is under way gets a moment to come to its outcome first: after
    /// [`Self::close`], when nobody can be asked any more.
    pub async fn end_run(&self) {
        let _ = tokio::time::timeout(LAST_OUTCOMES, self.active.none()).await;
        self.journal.end(Record::Ending(Ending {
            mark: Mark::now(&self.run),
            decisions: self.decisions(),
            under_way: self.active(),
        }));
    }

    /// Tells what somebody has under way to end. What has not reached its victim yet is not done any more.
    pub fn end(&self, origin: &Origin, by: EndedBy) {
        self.active.recall(by, |member| *member.origin == *origin);
    }

    /// The same with what a victim is under, which is being detached.
    pub(crate) fn let_go(&self, victim: u64) {
        self.active.recall(EndedBy::Detach, |member| member.victim.id() == victim);
    }

    /// Ends every effect that is under way, and answers whether none is any more: false where `patience` was not enough, and
    /// some victim has not answered. What is refused from now on is the caller's to say: see [`Self::pause`].
    pub async fn calm(&self, patience: Duration) -> bool {
        let is_chaos = |origin: &Origin| !origin.is_probe();
        self.active.recall(EndedBy::Experiment, |member| is_chaos(&member.origin));
        tokio::time::timeout(patience, self.active.none_of(is_chaos)).await.is_ok()
    }

    /// Tells what a replay has under way to end: the process with this pid makes it.
    pub fn end_replay(&self, pid: i32) {
        let is_its = |member: &Member| matches!(*member.origin, Origin::Replay { by, .. } if by == pid);
        self.active.recall(EndedBy::Replay, is_its);
    }

    /// Lets nothing begin any more and tells what is under way to end.
    pub(super) fn end_all(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        self.active.recall(EndedBy::Host, |_| true);
    }
}
