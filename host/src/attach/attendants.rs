//! The attendants that are there, and how each one ends.

use std::collections::HashMap;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::SetOnce;

/// How one has ended, once it has; none where nobody can say.
pub(super) type End = Arc<SetOnce<Option<ExitStatus>>>;

/// By pid, from when it is started until it has been waited for.
#[derive(Debug, Default)]
pub(crate) struct Attendants(Mutex<HashMap<i32, End>>);

impl Attendants {
    /// One has been started.
    pub(super) fn started(&self, pid: i32) -> End {
        let end = End::default();
        self.ends().insert(pid, Arc::clone(&end));
        end
    }

    /// It has been waited for; whoever has asked for its end learns of it.
    pub(super) fn ended(&self, pid: i32, end: &End, status: Option<ExitStatus>) {
        let _ = end.set(status); // an error: it was told already
        let mut ends = self.ends();
        // The pid is free by now, and may be another one's.
        if ends.get(&pid).is_some_and(|known| Arc::ptr_eq(known, end)) {
            ends.remove(&pid);
        }
    }

    /// The end of the one with this pid; none where it has been waited for already.
    pub(super) fn end_of(&self, pid: i32) -> Option<End> {
        self.ends().get(&pid).cloned()
    }

    fn ends(&self) -> MutexGuard<'_, HashMap<i32, End>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    #[tokio::test]
    async fn who_asks_in_time_learns_of_an_end_and_a_pid_may_be_used_again() {
        let attendants = Attendants::default();
        let first = attendants.started(7);
        let asked = attendants.end_of(7).unwrap();
        let second = attendants.started(7);
        attendants.ended(7, &first, Some(ExitStatus::from_raw(9)));
        assert_eq!(asked.wait().await.unwrap().signal(), Some(9));
        assert!(Arc::ptr_eq(&attendants.end_of(7).unwrap(), &second), "it is another one's");
        attendants.ended(7, &second, None);
        assert!(attendants.end_of(7).is_none());
    }
}
