//! Who works in a nest: found by where it works, since a program may have changed its name, its parent and its environment.

use std::path::Path;

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use crate::nest::Nest;

impl Nest {
    /// The processes whose working directory is this nest, or within it.
    pub fn inhabitants(&self) -> Vec<i32> {
        let pids = std::fs::read_dir("/proc").unwrap().flatten();
        let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        pids.filter(|pid| works_in(*pid, self.path())).collect()
    }

    /// Kills them, and those that they start meanwhile. Each was started by this test, or by what it started: nobody else
    /// works in its directory.
    pub fn clear(&self) {
        for _ in 0..100 {
            let inhabitants = self.inhabitants();
            if inhabitants.is_empty() {
                return;
            }
            for pid in inhabitants {
                let Some(pidfd) =
                    Pid::from_raw(pid).and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok())
                else {
                    continue;
                };
                // Once more, now that it is held: the number may have been another's.
                if works_in(pid, self.path()) && pidfd_send_signal(&pidfd, Signal::KILL).is_ok() {
                    let second = Timespec { tv_sec: 1, tv_nsec: 0 };
                    let _ = rustix::event::poll(&mut [PollFd::new(&pidfd, PollFlags::IN)], Some(&second));
                }
            }
        }
    }
}

fn works_in(pid: i32, place: &Path) -> bool {
    std::fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|folder| folder.starts_with(place))
}
