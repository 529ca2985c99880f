//! How many descriptors a process may have.

use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};

/// It keeps what it has, and gets none besides.
#[track_caller]
pub fn leave_none(pid: i32) {
    // The standard ones are open in any case.
    limit(pid, Some(3));
}

/// It may have as many as we may.
#[track_caller]
pub fn leave_many(pid: i32) {
    limit(pid, None);
}

#[track_caller]
fn limit(pid: i32, most: Option<u64>) {
    let maximum = getrlimit(Resource::Nofile).maximum;
    let limit = Rlimit { current: most.or(maximum), maximum };
    prlimit(Pid::from_raw(pid), Resource::Nofile, limit).unwrap();
}
