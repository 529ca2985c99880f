//! What an interactive shell is to its jobs: the parent, in their session, in another group.
//!
//! `chaos-kitty-test-shell PROGRAM ARGUMENTS…`: runs one job, says its pid first, and ends with its exit code.
#![allow(clippy::unwrap_used, reason = "a test's helper stops where it is surprised")]

use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, exit};

fn main() {
    let mut arguments = std::env::args_os().skip(1);
    rustix::process::setsid().unwrap();
    let mut job = Command::new(arguments.next().expect("PROGRAM"));
    let mut job = job.args(arguments).process_group(0).spawn().unwrap();
    println!("{{\"job\": {}}}", job.id());
    let status = job.wait().unwrap();
    exit(status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap());
}
