//! One pidfd for each process, not for each connection.

use super::process::Process;
use std::collections::HashMap;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// The processes that the host holds, so that two connections of one process share its pidfd.
#[derive(Debug, Default)]
pub struct Processes {
    held: Mutex<HashMap<(i32, u64), Weak<Process>>>,
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
    /// There is no such process any more.
    pub(super) fn hold(&self, pid: i32, pidfd: Option<OwnedFd>) -> io::Result<Arc<Process>> {
        let process = match pidfd {
            Some(pidfd) => Process::held(pid, pidfd)?,
            None => Process::open(pid)?,
        };
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = held.entry((pid, process.start_time())).or_default();
        if let Some(known) = entry.upgrade() {
            return Ok(known);
        }
        let process = Arc::new(process);
        *entry = Arc::downgrade(&process);
        // Now and then the dead are swept out; the table never holds more than twice the living.
        if held.len().is_power_of_two() {
            held.retain(|_, process| process.strong_count() > 0);
        }
        Ok(process)
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
