//! stress-ng, asked for the same.

use chaos_kitty_tests::vitals;
use std::process::{Child, Command, Stdio};
use std::thread::park_timeout;

/// Seconds that a size is held.
const HOLD: u64 = 1;

pub(crate) fn is_there() -> bool {
    Command::new("stress-ng").arg("--version").output().is_ok_and(|output| output.status.success())
}

/// CPU seconds that it takes where so many are asked for.
pub(crate) fn burnt(seconds: u64) -> f64 {
    let before = vitals::cpu_time_of_children();
    let mut child = run(&["--cpu", "1", "--cpu-load", "100"], seconds);
    child.wait().expect("it ends");
    (vitals::cpu_time_of_children() - before).as_secs_f64()
}

/// Bytes that are resident where so many MiB are asked for, beyond what it has where a page is.
pub(crate) fn taken(megabytes: u64) -> f64 {
    (most(&format!("{megabytes}m")) - most("4k")) as f64
}

/// The most bytes that its processes have between them.
fn most(size: &str) -> u64 {
    let mut child = run(&["--vm", "1", "--vm-bytes", size, "--vm-keep", "--vm-populate"], HOLD);
    let mut most = 0;
    while child.try_wait().expect("it is ours").is_none() {
        let family = vitals::family(child.id().cast_signed());
        most = most.max(family.into_iter().map(vitals::anonymous_share).sum());
        park_timeout(super::LOOK);
    }
    most
}

fn run(arguments: &[&str], seconds: u64) -> Child {
    let mut command = Command::new("stress-ng");
    command.args(arguments).arg("--timeout").arg(format!("{seconds}s"));
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts")
}
