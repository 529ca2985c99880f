//! Programs that have forbidden themselves system calls: whoever looks at a call, or takes something, makes some of its own.

use std::fs;

/// Whether a process has forbidden itself system calls beyond what this one may not make either. A container's filter is on
/// both of them, and is none of the program's own.
pub(super) fn is_confined(process: u32) -> bool {
    filters(&process.to_string()) > filters("self")
}

/// How many filters a process has; of a kernel that does not count them (before 5.9), whether it has any. None of a process
/// that has gone.
fn filters(process: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let number = |field: &str| status.lines().find_map(|line| line.strip_prefix(field)?.trim().parse().ok());
    number("Seccomp_filters:").or_else(|| number("Seccomp:")).unwrap_or(0)
}
