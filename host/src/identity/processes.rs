//! One pidfd for each process, not for each connection.

use super::process::{Process, exits_within};
use std::collections::HashMap;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

/// The processes that the host holds, so that two connections of one process share its pidfd.
#[derive(Debug, Default)]
pub struct Processes {
    held: Mutex<HashMap<i32, Weak<Process>>>,
}

impl Processes {
    /// This process, for tests that need some process.
    #[cfg(test)]
    pub(crate) fn own(&self) -> Arc<Process> {
        self.hold(std::process::id() as i32, None).unwrap()
    }

    /// The process with this pid; `pidfd` is the kernel's proof where there is one.
    ///
    /// # Errors
    /// There is no such process any more, or it cannot be looked at.
    pub(super) fn hold(&self, pid: i32, pidfd: Option<OwnedFd>) -> io::Result<Arc<Process>> {
        // Of one pid there is one process at a time: if what was known before has not exited after the peer was seen alive, they
        // are the same, and nothing has to be read.
        let known = self.known(pid);
        let there = pidfd.as_ref().is_none_or(|pidfd| !exits_within(pidfd, Duration::ZERO));
        if let Some(known) = known.filter(|known| there && !known.has_exited()) {
            return Ok(known);
        }
        let process = Arc::new(match pidfd {
            Some(pidfd) => Process::held(pid, pidfd)?,
            None => Process::open(pid)?,
        });
        let mut held = self.held();
        // Another connection of its may have come meanwhile.
        let known = held.get(&pid).and_then(Weak::upgrade);
        if let Some(known) = known.filter(|known| known.start_time() == process.start_time()) {
            return Ok(known);
        }
        held.insert(pid, Arc::downgrade(&process));
        // Now and then the dead are swept out; the table never holds more than twice the living.
        if held.len().is_power_of_two() {
            held.retain(|_, process| process.strong_count() > 0);
        }
        Ok(process)
    }

    fn known(&self, pid: i32) -> Option<Arc<Process>> {
        self.held().get(&pid)?.upgrade()
    }

    fn held(&self) -> MutexGuard<'_, HashMap<i32, Weak<Process>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_process_is_held_once() {
        let processes = Processes::default();
        let own = std::process::id() as i32;
        let first = processes.hold(own, None).unwrap();
        let second = processes.hold(own, None).unwrap();
        assert!(Arc::ptr_eq(&first, &second));
    }
}
