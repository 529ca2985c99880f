//! Whoever loses its parent falls to us, so that nobody is lost sight of.

use rustix::process::{WaitOptions, getpid, set_child_subreaper, wait};

use crate::clock::{PATIENCE, comes_true};
use crate::vitals;

/// Tests run beside each other in one process: the last of them looks whether anybody is left.
static RUNNING: std::sync::Mutex<usize> = std::sync::Mutex::new(0);

/// The promise of a test to leave nobody behind.
#[derive(Debug)]
#[must_use = "nobody looks before are_gone()"]
pub struct Orphans(());

impl Orphans {
    /// From here on they do.
    pub fn fall_to_us() -> Orphans {
        set_child_subreaper(Some(getpid())).unwrap();
        *RUNNING.lock().unwrap() += 1;
        Orphans(())
    }

    /// Reaps all that fell to us: each has ended, and nobody has another parent still to end.
    #[track_caller]
    pub fn are_gone(self) {
        let mut running = RUNNING.lock().unwrap();
        *running -= 1;
        if *running > 0 {
            return;
        }
        let ours = getpid().as_raw_pid();
        let all_reaped = comes_true(PATIENCE, || {
            while let Ok(Some(_)) = wait(WaitOptions::NOHANG) {}
            vitals::children(ours).is_empty()
        });
        assert!(all_reaped, "still alive: {:?}", vitals::children(ours));
    }
}
